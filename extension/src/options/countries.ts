import { getCountries, getCountryCallingCode } from "libphonenumber-js/min";

/** Every country with its code, by its name in the language: [["ES", "Spain (+34)"], …]. */
export function countries(language: string): [value: string, label: string][] {
  const names = new Intl.DisplayNames([language], { type: "region" });
  return getCountries()
    .map((country): [string, string] => [country, `${names.of(country) ?? country} (+${getCountryCallingCode(country)})`])
    .sort(([, a], [, b]) => a.localeCompare(b, language));
}
