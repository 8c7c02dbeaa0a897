//! Companies and agents 【协议单位】: who they are, whose visits are theirs, and how much they may owe.

use async_trait::async_trait;
use hefu_domain::{
    Message, Place, Rule, RuleError,
    company::{Company, CompanyAccount, CompanyKind, CompanyRole, VisitCompany, name_key},
    event::{Event, PropertyEvent, ReservationEvent},
    ids::{CityAccountId, CompanyId, GuestId, VisitId},
    message::Missing,
    property::Property,
};
use hefu_kernel::{BasisPoints, Currency, Id as _, Money};
use hefu_people::guest::{GuestRef, resolve};
use hefu_store::{
    Conn,
    query::{self, property::PropertyCodes},
};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::{
    folio::{MOST, check_reference},
    property::{check_code, check_name},
    visit::{Visit, VisitAction, grouped},
};
use hefu_authz::{Action, Resource, ResourceKind};
use hefu_core::{About, AppError, Command, Query, Reader, Result, Unit, check_version};

/// What is given of a field, also when that is nothing: then what was known of it is known no more.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> std::result::Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// A company or agent to create or change. What is not given stays, and null takes it away.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CompanyInput {
    /// What it is. Default: as it is, at first a company.
    #[serde(default)]
    pub kind: Option<CompanyKind>,
    /// Its name.
    pub name: String,
    /// Tax number: letters and digits.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub tax_id: Option<Option<String>>,
    /// Address of its seat.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub address: Option<Option<String>>,
    /// Number of the contract.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub contract: Option<Option<String>>,
    /// Commission on room revenue, basis points. Default: as it is, at first none.
    #[serde(default)]
    pub commission: Option<i64>,
    /// What it and its subsidiaries may owe in all on their accounts of this currency, minor units.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    pub credit_limit: Option<Option<i64>>,
    /// Currency of the limit.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Currency>)]
    pub currency: Option<Option<Currency>>,
    /// Code of the company it is a subsidiary of.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub parent: Option<Option<String>>,
    /// The person to talk to.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<GuestRef>)]
    pub contact: Option<Option<GuestRef>>,
}

/// A company or agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CompanyInfo {
    /// Short code, unique in the chain.
    pub code: String,
    /// What it is.
    pub kind: CompanyKind,
    /// Its name.
    pub name: String,
    /// Tax number.
    pub tax_id: Option<String>,
    /// Address of its seat.
    pub address: Option<String>,
    /// Number of the contract.
    pub contract: Option<String>,
    /// Commission on room revenue.
    pub commission: BasisPoints,
    /// What it and its subsidiaries may owe in all, minor units.
    pub credit_limit: Option<i64>,
    /// Currency of the limit.
    pub currency: Option<Currency>,
    /// The person to talk to.
    pub contact: Option<GuestId>,
    /// Version of the record.
    pub version: i64,
}

impl From<Company> for CompanyInfo {
    fn from(company: Company) -> Self {
        Self {
            code: company.code,
            kind: company.kind,
            name: company.name,
            tax_id: company.tax_id,
            address: company.address,
            contract: company.contract,
            commission: company.commission,
            credit_limit: company.credit_limit,
            currency: company.currency,
            contact: company.contact_id,
            version: company.version,
        }
    }
}

async fn by_code(c: &mut Conn, code: &str) -> Result<Company> {
    query::company::by_code(c, code).await?.ok_or_else(|| AppError::not_found(Missing::Company, code))
}

/// Creates or changes a company.
#[derive(Debug, Clone)]
pub struct PutCompany {
    /// Its code.
    pub code: String,
    /// The version the change is based on.
    pub if_match: Option<i64>,
    /// The company.
    pub input: CompanyInput,
}

impl PutCompany {
    fn check(&self) -> Result<()> {
        let input = &self.input;
        check_code(Place::parameter("code"), &self.code)?;
        check_name("name", &input.name)?;
        if name_key(&input.name).is_empty() {
            return Err(AppError::invalid("name", Message::Length { from: 1, to: 120 }));
        }
        if let Some(Some(tax_id)) = &input.tax_id {
            let fits = tax_id.bytes().all(|byte| byte.is_ascii_alphanumeric());
            if !fits || !(5..=30).contains(&tax_id.len()) {
                return Err(AppError::invalid("tax_id", Message::TaxIdForm));
            }
        }
        if let Some(Some(address)) = &input.address {
            check_name("address", address)?;
        }
        if let Some(Some(contract)) = &input.contract {
            check_reference("contract", contract)?;
        }
        if input.commission.is_some_and(|commission| !(0..=10_000).contains(&commission)) {
            return Err(AppError::invalid("commission", Message::Between { from: 0, to: 10_000 }));
        }
        if input.credit_limit.flatten().is_some_and(|limit| !(0..=MOST).contains(&limit)) {
            return Err(AppError::invalid("credit_limit", Message::Between { from: 0, to: MOST }));
        }
        Ok(())
    }

    /// What it may owe in all, and in which currency; neither, or both.
    fn limit(&self, known: Option<&Company>) -> Result<(Option<i64>, Option<Currency>)> {
        let limit = self.input.credit_limit.unwrap_or(known.and_then(|known| known.credit_limit));
        let currency = self.input.currency.unwrap_or(known.and_then(|known| known.currency));
        match (limit, currency) {
            (Some(_), None) => Err(AppError::invalid("currency", Message::MissingField)),
            (limit, currency) => Ok((limit, currency.filter(|_| limit.is_some()))),
        }
    }

    /// The company it is a subsidiary of: one that is none itself, and not the company.
    async fn parent(&self, u: &mut Unit<'_>, known: Option<&Company>) -> Result<Option<CompanyId>> {
        let code = match &self.input.parent {
            None => return Ok(known.and_then(|known| known.parent_id)),
            Some(None) => return Ok(None),
            Some(Some(code)) => code,
        };
        let known = known.map(|known| known.id);
        let parent = by_code(u.tx, code).await.map_err(|error| error.at("parent"))?;
        let has_subsidiaries = match known {
            Some(id) => !query::company::subsidiaries(u.tx, id).await?.is_empty(),
            None => false,
        };
        if Some(parent.id) == known || parent.parent_id.is_some() || has_subsidiaries {
            return Err(AppError::invalid("parent", Message::ParentIsSubsidiary));
        }
        Ok(Some(parent.id))
    }
}

#[async_trait]
impl Command for PutCompany {
    const ACTION: Action = Action::CompanyPut;
    type Out = CompanyInfo;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Chain)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<CompanyInfo> {
        self.check()?;
        let input = &self.input;
        let known = query::company::by_code(u.tx, &self.code).await?;
        if let Some(known) = &known {
            check_version(self.if_match, known.version)?;
        }
        let tax_id = match &input.tax_id {
            None => known.as_ref().and_then(|known| known.tax_id.clone()),
            Some(given) => given.as_ref().map(|tax_id| tax_id.to_ascii_uppercase()),
        };
        if let Some(tax_id) = &tax_id
            && let Some(other) = query::company::by_tax_id(u.tx, tax_id).await?
            && other.code != self.code
        {
            return Err(RuleError::new(Rule::Exists, "tax_id", Message::TaxIdTaken).into());
        }
        let parent_id = self.parent(u, known.as_ref()).await?;
        let contact_id = match &input.contact {
            None => known.as_ref().and_then(|known| known.contact_id),
            Some(None) => None,
            Some(Some(contact)) => Some(resolve(u, contact).await.map_err(|error| error.under("contact"))?),
        };
        let (credit_limit, currency) = self.limit(known.as_ref())?;
        let text = |given: &Option<Option<String>>, known: Option<&String>| match given {
            None => known.cloned(),
            Some(given) => given.as_ref().map(|text| text.trim().to_owned()),
        };
        let had = known.as_ref();
        let mut company = Company {
            id: known.as_ref().map_or_else(|| u.id(), |known| known.id),
            code: self.code.clone(),
            kind: input.kind.or(had.map(|had| had.kind)).unwrap_or(CompanyKind::Company),
            name: input.name.trim().to_owned(),
            name_key: name_key(&input.name),
            tax_id,
            address: text(&input.address, had.and_then(|had| had.address.as_ref())),
            contract: text(&input.contract, had.and_then(|had| had.contract.as_ref())),
            commission: input
                .commission
                .map(BasisPoints)
                .or(had.map(|had| had.commission))
                .unwrap_or_default(),
            credit_limit,
            currency,
            parent_id,
            contact_id,
            version: known.as_ref().map_or(1, |known| known.version),
        };
        match known {
            None => u.tx.insert(&company).await?,
            Some(_) => u.tx.update(&mut company).await?,
        }
        u.record(About::Chain("company", company.id.uuid()), PropertyEvent::company(&company)).await?;
        Ok(company.into())
    }
}

/// An account of the city ledger that a company pays by.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AccountOfCompany {
    /// The property's code.
    pub property: String,
    /// The account's code.
    pub account: String,
    /// What is owed on it, minor units.
    pub balance: i64,
    /// Currency of the balance.
    pub currency: Currency,
}

/// A company with what belongs to it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CompanyView {
    /// The company.
    #[serde(flatten)]
    pub company: CompanyInfo,
    /// Code of the company it is a subsidiary of.
    pub parent: Option<String>,
    /// Its subsidiaries.
    pub subsidiaries: Vec<CompanyInfo>,
    /// The accounts it pays by, in the properties whose accounts may be seen.
    pub accounts: Vec<AccountOfCompany>,
    /// Numbers of the latest visits for it in the properties whose visits may be seen, the newest first; at most 50.
    pub visits: Vec<String>,
}

/// Shows a company.
#[derive(Debug, Clone)]
pub struct ShowCompany {
    /// Its code.
    pub code: String,
}

#[async_trait]
impl Query for ShowCompany {
    const ACTION: Action = Action::CompanyShow;
    type Out = CompanyView;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Chain)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<CompanyView> {
        let properties = query::property::all(r.conn().await?).await?;
        // Of properties where the principal may not see them, nothing is told.
        let (of_accounts, of_visits) =
            (among(r, &properties, Action::CityAccountShow), among(r, &properties, Action::VisitShow));
        let c = r.conn().await?;
        let company = by_code(c, &self.code).await?;
        let parent = match company.parent_id {
            None => None,
            Some(id) => query::company::find(c, id).await?.map(|parent| parent.code),
        };
        let accounts = query::company::accounts_among(c, company.id, &of_accounts).await?;
        let accounts = accounts.into_iter().filter_map(|account| {
            let property = properties.iter().find(|property| property.id == account.property_id)?;
            Some(AccountOfCompany {
                property: property.code.clone(),
                account: account.code,
                balance: account.balance,
                currency: property.currency,
            })
        });
        let newest = VisitId::from_uuid(uuid::Uuid::max());
        let visits = query::company::visits(c, company.id, newest, &of_visits, 50).await?;
        Ok(CompanyView {
            parent,
            subsidiaries: shown(query::company::subsidiaries(c, company.id).await?),
            accounts: accounts.collect(),
            visits: visits.iter().map(|number| grouped(number)).collect(),
            company: company.into(),
        })
    }
}

/// Of these properties those where the principal may do this.
fn among(r: &Reader<'_>, properties: &[Property], action: Action) -> PropertyCodes {
    let mut seen = properties.to_vec();
    seen.retain(|property| r.may(action, &property.code));
    PropertyCodes::of(&seen)
}

fn shown(companies: Vec<Company>) -> Vec<CompanyInfo> {
    companies.into_iter().map(CompanyInfo::from).collect()
}

/// Finds companies by code, tax number or a part of the name.
#[derive(Debug, Clone)]
pub struct FindCompanies {
    /// What is known of it; empty: the first by name.
    pub text: String,
    /// At most so many.
    pub limit: i64,
}

#[async_trait]
impl Query for FindCompanies {
    const ACTION: Action = Action::CompanyFind;
    type Out = Vec<CompanyInfo>;

    fn resource(&self) -> Resource<'_> {
        Resource::all(ResourceKind::Chain)
    }

    async fn run(&self, r: &mut Reader<'_>) -> Result<Vec<CompanyInfo>> {
        let c = r.conn().await?;
        let text = self.text.trim();
        let mut found = Vec::new();
        if !text.is_empty() {
            found.extend(query::company::by_code(c, text).await?);
            found.extend(query::company::by_tax_id(c, &text.to_ascii_uppercase()).await?);
        }
        let key = name_key(text);
        if !key.is_empty() || text.is_empty() {
            found.extend(query::company::named(c, &key, self.limit).await?);
        }
        let mut known = Vec::new();
        found.retain(|company| {
            !known.contains(&company.id) && {
                known.push(company.id);
                true
            }
        });
        found.truncate(usize::try_from(self.limit).unwrap_or(0));
        Ok(shown(found))
    }
}

/// Which company pays by an account.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountCompany {
    /// Code of the company; empty: none.
    pub company: String,
}

/// Says which company pays by an account of the city ledger.
#[derive(Debug, Clone)]
pub struct LinkAccount {
    /// The property's code.
    pub property: String,
    /// The account's code.
    pub account: String,
    /// The company.
    pub input: AccountCompany,
}

#[async_trait]
impl Command for LinkAccount {
    const ACTION: Action = Action::CityAccountCompany;
    type Out = crate::view::bill::CityAccountInfo;

    fn resource(&self) -> Resource<'_> {
        Resource::property(&self.property)
    }

    async fn run(&self, u: &mut Unit<'_>) -> Result<Self::Out> {
        let property = u.property(&self.property).await?;
        let account = query::property::city_account_by_code(u.tx, property.id, &self.account)
            .await?
            .ok_or_else(|| AppError::not_found(Missing::CityAccount, &self.account))?;
        if let Some(known) = query::company::of_account(u.tx, property.id, account.id).await? {
            u.tx.delete(&known).await?;
        }
        let company = self.input.company.trim();
        if !company.is_empty() {
            let company = by_code(u.tx, company).await.map_err(|error| error.at("company"))?;
            let link =
                CompanyAccount { property_id: property.id, account_id: account.id, company_id: company.id };
            u.tx.insert(&link).await?;
        }
        let about = About::Property(property.id, "city_account", account.id.uuid());
        let event = PropertyEvent::LinkCityAccount {
            account: account.code.clone(),
            company: (!company.is_empty()).then(|| company.to_owned()),
        };
        u.record(about, event).await?;
        Ok(account.into())
    }
}

/// Refuses a transfer to the account of a company that would owe more than its limit, or its parent more than its own for all its subsidiaries.
/// The account's balance has the transfer in it already.
///
/// # Errors
/// [`Rule::CreditExceeded`] with what is left.
pub async fn check_credit(
    u: &mut Unit<'_>,
    property: &Property,
    account: CityAccountId,
    amount: i64,
) -> Result<()> {
    let Some(link) = query::company::of_account(u.tx, property.id, account).await? else { return Ok(()) };
    let mut next = Some(link.company_id);
    while let Some(id) = next {
        // Held while it is counted: two transfers at the same moment may not both be the last that fits.
        let Some(company) = query::company::lock(u.tx, id).await? else { return Ok(()) };
        next = company.parent_id;
        let Some(limit) = company.credit_limit.filter(|_| company.currency == Some(property.currency)) else {
            continue;
        };
        let mut accounts = query::company::accounts(u.tx, id).await?;
        for subsidiary in query::company::subsidiaries(u.tx, id).await? {
            accounts.extend(query::company::accounts(u.tx, subsidiary.id).await?);
        }
        let properties = query::property::all(u.tx).await?;
        let is_counted = |account: &hefu_domain::folio::CityAccount| {
            properties
                .iter()
                .any(|known| known.id == account.property_id && known.currency == property.currency)
        };
        let owed: i64 =
            accounts.iter().filter(|account| is_counted(account)).map(|account| account.balance).sum();
        if owed > limit {
            let left = Money::new((limit - (owed - amount)).max(0), property.currency);
            return Err(
                RuleError::new(Rule::CreditExceeded, "account", Message::CompanyCreditLeft { left }).into()
            );
        }
    }
    Ok(())
}

/// A company that a visit names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NamedCompany {
    /// What it is to the visit.
    pub role: CompanyRole,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// The companies that a visit names.
///
/// # Errors
/// The database fails.
pub async fn named_companies(c: &mut Conn, of_visit: Vec<VisitCompany>) -> Result<Vec<NamedCompany>> {
    let mut named = Vec::new();
    for row in of_visit {
        if let Some(company) = query::company::find(c, row.company_id).await? {
            named.push(NamedCompany { role: row.role, code: company.code, name: company.name });
        }
    }
    Ok(named)
}

/// Says for which company a visit is, and which agent booked it. What is not given stays; empty: none.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NameCompanies {
    /// Code of the company the guests come for.
    pub company: Option<String>,
    /// Code of the agent who booked.
    pub agent: Option<String>,
}

#[async_trait]
impl VisitAction for NameCompanies {
    const ACTION: Action = Action::ReservationCompanies;

    async fn apply(&self, u: &mut Unit<'_>, visit: &mut Visit) -> Result<Event> {
        let before = visit.clone();
        let (property_id, visit_id) = (visit.property.id, visit.reservation.id);
        let known = query::company::of_visit(u.tx, property_id, visit_id).await?;
        for (at, role, code) in
            [("company", CompanyRole::Company, &self.company), ("agent", CompanyRole::Agent, &self.agent)]
        {
            let Some(code) = code.as_deref().map(str::trim) else { continue };
            if let Some(known) = known.iter().find(|known| known.role == role) {
                u.tx.delete(known).await?;
            }
            if code.is_empty() {
                if role == CompanyRole::Company {
                    visit.reservation.company = None;
                }
                continue;
            }
            let company = by_code(u.tx, code).await.map_err(|error| error.at(at))?;
            if role == CompanyRole::Agent && company.kind != CompanyKind::Agent {
                return Err(AppError::invalid(at, Message::NoAgent));
            }
            u.tx.insert(&VisitCompany { property_id, visit_id, role, company_id: company.id }).await?;
            if role == CompanyRole::Company {
                visit.reservation.company = Some(company.name);
            }
        }
        if visit.reservation != before.reservation {
            visit.write(u, &before).await?;
        }
        Ok(ReservationEvent::Companies { company: self.company.clone(), agent: self.agent.clone() }.into())
    }
}
