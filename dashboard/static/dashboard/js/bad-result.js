// "Bad result": a picture that was paid for is done again a quality higher, free, once.
import { api } from "./api.js";
import { gettext } from "./i18n.js";
import { confirmDialog, toast } from "./ui.js";

/** Ask, report, and say what comes of it; resolves to the new picture, or null where none is made. */
export async function reportBad(job) {
  const sure = await confirmDialog({ title: gettext("Is this a bad result?"), text: gettext("The picture is done again in the next higher quality, free, once."), confirm: gettext("Do it again, free") });
  if (!sure) return null;
  const { retry } = await api(`background-remover/jobs/${job.id}/bad-result`, { body: {} });
  if (!retry) toast(gettext("Thank you, it is noted. This was the highest quality: open the picture and mend it with the brush."));
  else toast(gettext("It is being done again, a quality higher."), { kind: "good", action: { label: gettext("Look"), href: `/app?job=${retry.id}` } });
  return retry;
}
