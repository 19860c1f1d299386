/** The child process of one row: `node measure-row.mjs <section> <reader>`. It sends its parent one cell after another. */
const [section, reader] = process.argv.slice(2);
const { measure } = await import(`./sections/${section}.mjs`);
for await (const cell of measure(reader)) process.send(cell);
// Sockets and timers that a client leaves behind must not delay the next row.
process.disconnect();
process.exit();
