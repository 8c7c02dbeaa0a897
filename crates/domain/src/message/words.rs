//! Names of states and kinds in messages.

use super::{Language, Say};
use crate::import_file::ImportFileState;
use crate::member::Tier;
use crate::note::NoteState;
use crate::programme::VoucherState;
use crate::state::{CodeKind, DepositState, PreAuthState, ReservationState, RoomState, StayState};
use crate::task::TaskState;
use crate::upkeep::MaintenanceState;

/// Names of an enum's variants, Chinese and English; a variant without names does not compile.
macro_rules! names {
    ($($type:ident { $($variant:ident => $zh:literal, $en:literal;)+ })+) => {
        $(
            impl Say for $type {
                fn say(&self, language: Language) -> String {
                    let (zh, en) = match self { $(Self::$variant => ($zh, $en),)+ };
                    match language {
                        Language::Chinese => zh.to_owned(),
                        Language::English => en.to_owned(),
                    }
                }

                #[cfg(test)]
                fn sample() -> Self {
                    Self::ALL[0]
                }
            }

            #[cfg(test)]
            impl $type {
                /// Every name, Chinese and English.
                fn names() -> Vec<(&'static str, &'static str)> {
                    vec![$(($zh, $en)),+]
                }
            }
        )+

        #[cfg(test)]
        fn all_names() -> Vec<(&'static str, &'static str)> {
            [$($type::names()),+].concat()
        }
    };
}

names! {
    ReservationState {
        Requested => "待确认", "requested";
        Reserved => "已确认", "reserved";
        Waitlisted => "候补", "waitlisted";
        Cancelled => "已取消", "cancelled";
        NoShow => "未到店", "a no-show";
    }
    StayState {
        InHouse => "在住", "in house";
        CheckedOut => "已退房", "checked out";
        Undone => "入住已撤销", "undone";
    }
    RoomState {
        Clean => "净房", "clean";
        Dirty => "脏房", "dirty";
        Pickup => "待小整理", "in need of a pick-up";
        Inspected => "已查房", "inspected";
        OutOfOrder => "维修房", "out of order";
        OutOfService => "停用房", "out of service";
    }
    NoteState {
        Kept => "仅供知悉", "there to be known";
        Open => "待办", "still to be done";
        Done => "已办", "done";
    }
    VoucherState {
        Open => "可用", "open";
        Used => "已使用", "used";
        Cancelled => "已作废", "cancelled";
    }
    Tier {
        Classic => "普通会员", "classic";
        Silver => "银卡会员", "silver";
        Gold => "金卡会员", "gold";
        Platinum => "白金会员", "platinum";
    }
    TaskState {
        Open => "待清洁", "to be done";
        Started => "清洁中", "being done";
        Finished => "待查房", "to be inspected";
        Inspected => "已查房", "inspected";
        Skipped => "今日免打扫", "not wanted today";
    }
    MaintenanceState {
        Open => "待修", "to be mended";
        Done => "已修", "mended";
        Cancelled => "已取消", "not to be mended";
    }
    ImportFileState {
        Received => "已接收", "was received";
        Waiting => "等待导入", "waits to be imported";
        Running => "正在导入", "is being imported";
        Finished => "已导入", "was imported";
        Failed => "导入失败", "could not be imported";
        Withdrawn => "已撤回", "was withdrawn";
    }
    DepositState {
        Due => "待付", "due";
        Paid => "已付", "paid";
        Waived => "已免收", "waived";
    }
    PreAuthState {
        Pending => "待银行确认", "waiting for the bank";
        Chargeable => "有效", "ready to capture";
        Charged => "已完成", "captured";
        Expired => "已过期", "expired";
        Cancelled => "已撤销", "released";
        Failed => "被银行拒绝", "refused by the bank";
    }
    CodeKind {
        Revenue => "收入", "revenue";
        Tax => "税项", "tax";
        Payment => "付款", "payment";
        Wrapper => "转账", "transfer";
    }
}

impl Say for Vec<ReservationState> {
    fn say(&self, language: Language) -> String {
        let names: Vec<String> = self.iter().map(|state| state.say(language)).collect();
        names.join(match language {
            Language::Chinese => "或",
            Language::English => " or ",
        })
    }

    #[cfg(test)]
    fn sample() -> Self {
        vec![ReservationState::Requested, ReservationState::NoShow]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_their_language() {
        let names = all_names();
        assert!(names.len() > 20);
        for (zh, en) in names {
            assert!(!zh.is_ascii() && zh.chars().all(|c| !c.is_ascii_alphabetic()), "{zh}");
            assert!(en.is_ascii() && !en.contains('_'), "{en}");
        }
    }
}
