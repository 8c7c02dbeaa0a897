/** Documents read in a picture, in Chinese. */
export const photo = {
  choose: "拍照或选图片",
  note: "护照、通行证拍有两三行尖括号的那一面，身份证拍有号码的一面。只在这台机器上读，图片不保存、不上传。",
  reading: "正在读图片",
  unread: "图片里没有读出证件。请放平、对亮、拍满再试，或扫描、手工填写。",
};
