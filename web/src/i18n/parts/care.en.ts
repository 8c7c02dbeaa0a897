/** Guests who need something else at check-in, in English. */
export const care = {
  lost: "No document at hand",
  lost_title: "When the document was left behind",
  lost_steps:
    "The guest shows an electronic identity, or has a temporary certificate made by the police. Enter its number below with the type “Other”. Without one nobody is let in.",
  lost_number: "Number of the certificate",
  lost_back: "The document was found",
  contact: "Emergency contact",
  contact_help: "Name and phone. Ask elderly guests, those alone, and those who walk with difficulty.",
  contact_save: "Keep the contact",
  contact_saved: "The emergency contact is kept",
  elder: "The guest is {{age}}: ask for an emergency contact, and give a low floor or a room near the lift.",
  accessible: "Accessible",
  only_accessible: "Accessible rooms only",
  all_rooms: "All rooms",
  none_accessible: "No accessible room is free on these dates",
  keys: "Key cards",
  keys_none: "None",
  keys_n_one: "{{count}} card",
  keys_n_other: "{{count}} cards",
};
