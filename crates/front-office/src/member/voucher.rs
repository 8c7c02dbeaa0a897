//! Vouchers for nights 【房券】: issued to a member, and used for a free night.

use async_trait::async_trait;
use chrono::NaiveDate;
use hefu_authz::{Action, Resource, ResourceKind};
use hefu_core::{About, AppError, Command, Query, Reader, Result, Unit};
use hefu_domain::{
    Message, Rule, RuleError,
    event::MemberEvent,
    ids::VoucherId,
    member::Membership,
    message::Missing,
    programme::{NightVoucher, VoucherState},
    reservation::normalise_number,
};
use hefu_store::{Conn, query};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::property::{find_property, property_by_id};

/// The most vouchers that are issued at once.
const MOST: i64 = 100;

const fn one() -> i64 {
    1
}

/// Vouchers for a member.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VoucherInput {
    /// How many.
    #[serde(default = "one")]
    pub count: i64,
    /// The last night that they pay for.
    pub expires: NaiveDate,
    /// Code of the property where they can be used. Default: in every one.
    #[serde(default)]
    pub property: Option<String>,
    /// Why; kept sealed in the journal. Required here or in `Hefu-Reason`; if both are given, this one counts.
    #[serde(default)]
    pub reason: Option<String>,
}

/// A voucher, as shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VoucherView {
    /// Identifier: it is used and cancelled by this.
    pub id: VoucherId,
    /// What became of it.
    pub state: VoucherState,
    /// The last night that it pays for.
    pub expires: NaiveDate,
    /// Code of the property where it can be used; none: in every one.
    pub property: Option<String>,
    /// Who issued it.
    pub issued_by: String,
    /// Version of the record.
    pub version: i64,
}

impl VoucherView {
    /// A voucher with the code of its property.
    ///
    /// # Errors
    /// The database fails.
    pub async fn of(c: &mut Conn, voucher: NightVoucher) -> Result<Self> {
        let NightVoucher { membership_id: _, id, property_id, expires, state, issued_by, version } = voucher;
        let property = match property_id {
            None => None,
            Some(property) => Some(property_by_id(c, property).await?.code),
        };
        Ok(Self { id, state, expires, property, issued_by, version })
    }
}

async fn member(c: &mut Conn, number: &str) -> Result<Membership> {
    let number = normalise_number(number);
    let found = query::member::by_number(c, &number).await?;
    found.ok_or_else(|| AppError::not_found(Missing::Member, number))
}

/// Issues vouchers to a member.
#[derive(Debug, Clone)]
pub struct IssueVouchers {
    /// The member's number.
    pub number: String,
    /// Which.
    pub input: VoucherInput,
}

#[async_trait]
impl Command for IssueVouchers {
    const ACTION: Action = Action::VoucherIssue;
    type Out = Vec<VoucherView>;

    fn resource(&self) -> Resource<'_> {
        Resource::named(ResourceKind::Member, &self.number)
    }

    fn reason(&self) -> Option<&str> {
        self.input.reason.as_deref()
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<Vec<VoucherView>> {
        let VoucherInput { count, expires, property, .. } = &self.input;
        if !(1..=MOST).contains(count) {
            return Err(AppError::invalid("count", Message::Between { from: 1, to: MOST }));
        }
        u.reason()?;
        let membership = member(u.tx, &self.number).await?;
        let today = u.now.date_naive();
        if *expires < today {
            let message = Message::BeforeBusinessDate { date: today };
            return Err(RuleError::new(Rule::BadDates, "expires", message).into());
        }
        let property_id = match property {
            None => None,
            Some(code) => Some(find_property(u.tx, code).await.map_err(|error| error.at("property"))?.id),
        };
        let mut vouchers = Vec::new();
        for _ in 0..*count {
            vouchers.push(NightVoucher {
                membership_id: membership.id,
                id: u.id(),
                property_id,
                expires: *expires,
                state: VoucherState::Open,
                issued_by: u.ctx.principal.to_string(),
                version: 1,
            });
        }
        u.tx.insert_all(&vouchers).await?;
        let ids = vouchers.iter().map(|voucher| voucher.id).collect();
        let event = MemberEvent::IssueVouchers { vouchers: ids, expires: *expires };
        u.record(About::Guest(membership.guest_id), event).await?;
        let mut shown = Vec::with_capacity(vouchers.len());
        for voucher in vouchers {
            shown.push(VoucherView::of(u.tx, voucher).await?);
        }
        Ok(shown)
    }
}

/// A voucher that is not to be used any more.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelVoucherInput {
    /// The voucher.
    pub voucher_id: VoucherId,
    /// Why; kept sealed in the journal. Required here or in `Hefu-Reason`; if both are given, this one counts.
    #[serde(default)]
    pub reason: Option<String>,
}

/// Cancels a voucher.
#[derive(Debug, Clone)]
pub struct CancelVoucher {
    /// The member's number.
    pub number: String,
    /// Which.
    pub input: CancelVoucherInput,
}

#[async_trait]
impl Command for CancelVoucher {
    const ACTION: Action = Action::VoucherCancel;
    type Out = VoucherView;

    fn resource(&self) -> Resource<'_> {
        Resource::named(ResourceKind::Member, &self.number)
    }

    fn reason(&self) -> Option<&str> {
        self.input.reason.as_deref()
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<VoucherView> {
        u.reason()?;
        let membership = member(u.tx, &self.number).await?;
        let id = self.input.voucher_id;
        let mut known = query::member::vouchers(u.tx, membership.id).await?.into_iter();
        let missing = || AppError::not_found(Missing::Voucher, id).at("voucher_id");
        let mut voucher = known.find(|voucher| voucher.id == id).ok_or_else(missing)?;
        if voucher.state != VoucherState::Open {
            let message = Message::VoucherIs { state: voucher.state };
            return Err(RuleError::new(Rule::WrongState, "voucher_id", message).into());
        }
        voucher.state = VoucherState::Cancelled;
        u.tx.update(&mut voucher).await?;
        u.record(About::Guest(membership.guest_id), MemberEvent::CancelVoucher { voucher_id: id }).await?;
        VoucherView::of(u.tx, voucher).await
    }
}

/// The vouchers of a member, in order of issue.
#[derive(Debug, Clone)]
pub struct ListVouchers {
    /// The member's number.
    pub number: String,
}

#[async_trait]
impl Query for ListVouchers {
    const ACTION: Action = Action::VoucherList;
    type Out = Vec<VoucherView>;

    fn resource(&self) -> Resource<'_> {
        Resource::named(ResourceKind::Member, &self.number)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Self::Out> {
        let c = r.snapshot().await?;
        let membership = member(c, &self.number).await?;
        let mut shown = Vec::new();
        for voucher in query::member::vouchers(c, membership.id).await? {
            shown.push(VoucherView::of(c, voucher).await?);
        }
        Ok(shown)
    }
}
