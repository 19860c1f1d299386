/** The child process of one row: `node child.mjs <section> <reader>`. It tells its parent one cell after another. */
const [section, reader] = process.argv.slice(2);
const { measure } = await import(`./sections/${section}.mjs`);
for await (const cell of measure(reader)) process.send(cell);
// What a client leaves behind must not keep the next row waiting.
process.disconnect();
process.exit();
