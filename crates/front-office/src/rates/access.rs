//! Whom a rate plan is sold to: companies that have it by contract, and who knows a promotion code. Everybody else does not see it in a quote and
//! cannot book it.

use async_trait::async_trait;
use hefu_authz::{Action, Resource};
use hefu_core::{About, AppError, Command, Query, Reader, Result, Unit, check_version};
use hefu_domain::{
    Message, Place, Rule, RuleError,
    event::PropertyEvent,
    ids::{CompanyId, PropertyId, VisitId},
    message::Missing,
    property::{Property, RatePlan},
    season::{NotSold, PlanAccess, promotion},
};
use hefu_kernel::Id as _;
use hefu_store::{Conn, query};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::property::{check_code, find_property};

/// The most companies of a plan.
const MOST_COMPANIES: usize = 500;

/// How deep companies belong to each other.
const MOST_PARENTS: usize = 10;

/// Who wants to buy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Buyer {
    /// The companies they come for, and those these belong to.
    companies: Vec<CompanyId>,
    /// The promotion code they gave.
    promotion: Option<String>,
}

impl Buyer {
    /// Somebody who comes for these companies.
    ///
    /// # Errors
    /// The database fails.
    pub async fn of(
        c: &mut Conn,
        companies: impl IntoIterator<Item = CompanyId>,
        promotion: Option<&str>,
    ) -> Result<Self> {
        let mut all = Vec::new();
        for company in companies {
            let mut next = Some(company);
            for _ in 0..MOST_PARENTS {
                let Some(id) = next.filter(|id| !all.contains(id)) else { break };
                all.push(id);
                next = query::company::find(c, id).await?.and_then(|company| company.parent_id);
            }
        }
        Ok(Self { companies: all, promotion: promotion.map(str::to_owned) })
    }

    /// Who comes in a visit, for the companies that it names.
    ///
    /// # Errors
    /// The database fails.
    pub async fn of_visit(
        c: &mut Conn,
        (property, visit): (PropertyId, VisitId),
        promotion: Option<&str>,
    ) -> Result<Self> {
        let named = query::company::of_visit(c, property, visit).await?;
        Self::of(c, named.into_iter().map(|named| named.company_id), promotion).await
    }

    /// Whether a plan is sold to them, of which `access` says to whom.
    pub fn may_buy(&self, access: Option<&PlanAccess>) -> std::result::Result<(), NotSold> {
        access.map_or(Ok(()), |access| access.check(&self.companies, self.promotion.as_deref()))
    }
}

/// Refuses a plan that is not sold to somebody.
///
/// # Errors
/// [`Rule::PlanRestricted`] at what is missing.
pub async fn require_sold_to(c: &mut Conn, plan: &RatePlan, buyer: &Buyer) -> Result<()> {
    let access = query::rate::access(c, plan.property_id, plan.id).await?;
    let message = match buyer.may_buy(access.as_ref()) {
        Ok(()) => return Ok(()),
        Err(NotSold::Company) => Message::PlanForCompanies,
        Err(NotSold::Promotion) => Message::PlanNeedsPromotion,
    };
    Err(RuleError::new(Rule::PlanRestricted, "rate_plan", message).into())
}

/// Whom a plan is to be sold to. What is not given stays.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AccessInput {
    /// Codes of the companies; their subsidiaries have it too. Empty: it needs no company.
    pub companies: Option<Vec<String>>,
    /// The promotion code; capitals and small letters are the same. Empty: it needs none.
    pub promotion_code: Option<String>,
}

/// Whom a plan is sold to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AccessView {
    /// Code of the rate plan.
    pub rate_plan: String,
    /// Codes of the companies; none: it needs no company.
    pub companies: Vec<String>,
    /// The promotion code; none: it needs none.
    pub promotion_code: Option<String>,
    /// Version of the record; 0: nobody has said anything yet, and it is sold to everybody.
    pub version: i64,
}

async fn shown(c: &mut Conn, plan: &RatePlan, access: Option<PlanAccess>) -> Result<AccessView> {
    let mut companies = Vec::new();
    for id in access.iter().flat_map(|access| &access.companies) {
        companies.extend(query::company::find(c, *id).await?.map(|company| company.code));
    }
    companies.sort_unstable();
    let (promotion_code, version) = access.map_or((None, 0), |access| (access.promotion, access.version));
    Ok(AccessView { rate_plan: plan.code.clone(), companies, promotion_code, version })
}

async fn plan(c: &mut Conn, property: &Property, code: &str) -> Result<RatePlan> {
    let plans = query::property::rate_plans(c, property.id).await?;
    let found = plans.into_iter().find(|plan| plan.code == code);
    found.ok_or_else(|| AppError::not_found(Missing::RatePlan, code).at(Place::parameter("code")))
}

/// Says whom a plan is sold to. What was sold stays sold.
#[derive(Debug, Clone)]
pub struct PutAccess {
    /// The property's code.
    pub property: String,
    /// Code of the plan.
    pub code: String,
    /// The version the change is based on.
    pub if_match: Option<i64>,
    /// To whom.
    pub input: AccessInput,
}

#[async_trait]
impl Command for PutAccess {
    const ACTION: Action = Action::PlanAccessPut;
    type Out = AccessView;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<AccessView> {
        let property = u.property(&self.property).await?;
        let plan = plan(u.tx, &property, &self.code).await?;
        let known = query::rate::access(u.tx, property.id, plan.id).await?;
        let is_new = known.is_none();
        let mut access = known.unwrap_or(PlanAccess {
            property_id: property.id,
            rate_plan_id: plan.id,
            companies: Vec::new(),
            promotion: None,
            version: 1,
        });
        if let Some(codes) = &self.input.companies {
            if codes.len() > MOST_COMPANIES {
                let message = Message::ItemCount { from: 0, to: MOST_COMPANIES };
                return Err(AppError::invalid("companies", message));
            }
            let mut companies = Vec::new();
            for (i, code) in codes.iter().enumerate() {
                let found = query::company::by_code(u.tx, code.trim()).await?;
                let missing = || AppError::not_found(Missing::Company, code).at(("companies", i));
                companies.push(found.ok_or_else(missing)?.id);
            }
            companies.sort_unstable();
            companies.dedup();
            access.companies = companies;
        }
        if let Some(code) = &self.input.promotion_code {
            let code = promotion(code);
            if !code.is_empty() {
                check_code("promotion_code", &code)?;
            }
            access.promotion = Some(code).filter(|code| !code.is_empty());
        }
        if is_new {
            u.tx.insert(&access).await?;
        } else {
            check_version(self.if_match, access.version)?;
            u.tx.update(&mut access).await?;
        }
        let view = shown(u.tx, &plan, Some(access)).await?;
        let event = PropertyEvent::PlanAccess {
            rate_plan: view.rate_plan.clone(),
            companies: view.companies.clone(),
            promotion_code: view.promotion_code.clone(),
        };
        u.record(About::Property(property.id, "rate_plan", plan.id.uuid()), event).await?;
        Ok(view)
    }
}

/// Whom a plan is sold to.
#[derive(Debug, Clone)]
pub struct ShowAccess {
    /// The property's code.
    pub property: String,
    /// Code of the plan.
    pub code: String,
}

#[async_trait]
impl Query for ShowAccess {
    const ACTION: Action = Action::PlanAccessShow;
    type Out = AccessView;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<AccessView> {
        let c = r.snapshot().await?;
        let property = find_property(c, &self.property).await?;
        let plan = plan(c, &property, &self.code).await?;
        let access = query::rate::access(c, property.id, plan.id).await?;
        shown(c, &plan, access).await
    }
}
