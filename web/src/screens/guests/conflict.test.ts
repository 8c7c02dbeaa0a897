import { expect, it } from "vitest";
import { meet, meetList } from "./conflict";

it("takes theirs where I changed nothing, and leaves it to somebody where both did", () => {
  const was = { city: "苏州", phone: "1", email: "", note: "x" };
  const mine = { city: "苏州", phone: "2", email: "a@b", note: "y" };
  const theirs = { city: "上海", phone: "3", email: "a@b", note: "x" };
  expect(meet(was, mine, theirs)).toEqual({
    values: { city: "上海", phone: "2", email: "a@b", note: "y" },
    both: ["phone"],
    taken: ["city"],
  });
});

it("keeps of lists what they added and what I added, and takes away what either took away", () => {
  const key = (one: string) => one;
  expect(meetList(["a", "b", "c"], ["a", "c", "mine"], ["a", "b", "theirs"], key)).toEqual(["a", "theirs", "mine"]);
});
