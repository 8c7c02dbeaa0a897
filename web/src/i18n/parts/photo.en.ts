/** Documents read in a picture, in English. */
export const photo = {
  choose: "Photo or picture",
  note: "The page with the lines of angle brackets, or the side of a card with its number. Read on this machine only: the picture is neither kept nor sent.",
  reading: "Reading the picture",
  unread:
    "No document was read in the picture. Lay it flat, in good light, as large as it goes; or scan it, or type it.",
};
