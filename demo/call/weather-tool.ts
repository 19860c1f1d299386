/** The tool that "Offer a tool" offers. Its result is made up from the city's name: nothing is looked up. */

const SKIES = ["clear sky", "light clouds", "rain showers", "strong wind"] as const;

function hasCity(args: unknown): args is { city: string } {
  return typeof args === "object" && args !== null && "city" in args && typeof args.city === "string";
}

/**
 * The weather of a city, the same for the same city.
 * @throws {TypeError} for arguments without a city; its message is sent to the model
 */
export function getWeather(args: unknown): { city: string; temperature: string; sky: string } {
  if (!hasCity(args)) throw new TypeError("city must be a string");
  const { city } = args;
  const sum = [...city].reduce((total, letter) => total + letter.charCodeAt(0), 0);
  return { city, temperature: `${8 + (sum % 20)} °C`, sky: SKIES[sum % SKIES.length] ?? SKIES[0] };
}

/** The tool as `runTools` takes it, by name. */
export const WEATHER_TOOL = {
  get_weather: {
    description: "The current weather in a city",
    parameters: {
      type: "object",
      properties: { city: { type: "string" } },
      required: ["city"],
      additionalProperties: false,
    },
    execute: getWeather,
  },
};
