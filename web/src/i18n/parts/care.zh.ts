/** Guests who need something else at check-in, in Chinese. */
export const care = {
  lost: "没带证件",
  lost_title: "没带证件怎么办",
  lost_steps:
    "请客人出示电子身份凭证，或到附近派出所、酒店自助机办一份临时身份证明。把证明编号登记在下面，类型选“其他”。没有证明不能入住。",
  lost_number: "临时身份证明编号",
  lost_back: "找到证件了",
  contact: "紧急联系人",
  contact_help: "姓名和电话。年长、独自入住或行动不便的客人请填。",
  contact_save: "记下联系人",
  contact_saved: "紧急联系人已记下",
  elder: "客人 {{age}} 岁：请问一下紧急联系人，安排低楼层或近电梯的房间。",
  accessible: "无障碍",
  only_accessible: "只看无障碍房",
  all_rooms: "看所有房间",
  none_accessible: "这几天没有空的无障碍房",
  keys: "房卡",
  keys_none: "不制卡",
  keys_n_one: "{{count}} 张",
  keys_n_other: "{{count}} 张",
};
