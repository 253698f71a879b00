// Sentences of the API, which speaks English only, in the language of the page.
import { number } from "./format.js";
import { fill, gettext, gettext_noop } from "./i18n.js";

/** Those that are the same every time; `tests/dashboard/test_sentences.py` looks for each in the API. */
const FIXED = new Set([
  gettext_noop("The e-mail address or the password is wrong"),
  gettext_noop("The current password is wrong"),
  gettext_noop("An account with this e-mail address exists already"),
  gettext_noop("The password is not strong enough"),
  gettext_noop("The code is wrong, or was used already"),
  gettext_noop("The address is verified already"),
  gettext_noop("This link is not valid: it has expired, or was not copied whole; ask for another"),
  gettext_noop("This reset link is not valid: it was used, has expired or was not copied whole"),
  gettext_noop("An operator's account cannot be erased; take the role away first"),
  gettext_noop("This password is too short. It must contain at least 8 characters."),
  gettext_noop("This password is too common."),
  gettext_noop("This password is entirely numeric."),
  gettext_noop("The password is too similar to the email."),
  gettext_noop("No subject was found in the picture; nothing was charged"),
  gettext_noop("The job was cancelled; nothing was charged"),
  gettext_noop("The image could not be processed; nothing was charged. Please try again"),
  gettext_noop("None of the images could be processed; nothing was charged"),
  gettext_noop("The archive could not be written; nothing was charged"),
  gettext_noop("The file is too large"),
  gettext_noop("The file is not an image of a supported format"),
  gettext_noop("There is no such resource"),
  gettext_noop("The resource is no longer kept"),
  gettext_noop("You may not do this"),
  gettext_noop("The service is busy; please try again shortly"),
  gettext_noop("Something went wrong on our side"),
]);

/** Those with figures, which the error has among its details, by its code. */
const WITH_FIGURES = {
  INSUFFICIENT_CREDITS: () => gettext("You need %(required)s credits but only have %(available)s available"),
  SPENDING_CAP_REACHED: () => gettext("The spending cap of %(cap)s credits leaves too little: %(spent)s are spent, and this needs %(required)s"),
  TIER_NOT_ALLOWED: () => gettext("Your plan does not include this quality, and you have %(available)s of the %(required)s credits it costs"),
  QUOTA_EXCEEDED: () => gettext("You have used %(used)s of the %(limit)s images of your plan for today"),
};

/** A sentence of the API, translated if it is one that is known. */
export const translated = (sentence) => (FIXED.has(sentence) ? gettext(sentence) : sentence);

/** What an error of the API says; `details` carry the figures. */
export function sentenceOf({ code, message, details }) {
  if (!details || !WITH_FIGURES[code]) return translated(message);
  const shown = Object.entries(details).map(([name, value]) => [name, typeof value === "number" ? number(value) : value]);
  return fill(WITH_FIGURES[code](), Object.fromEntries(shown));
}
