//! Companies and agents that guests come from: who they are, what was agreed with them, and how much they may owe.

use hefu_kernel::{BasisPoints, Currency, codes};
use serde::{Deserialize, Serialize};

use crate::ids::{CompanyId, GuestId, PropertyId, VisitId};

codes! {
    /// What a company is to the hotel.
    pub enum CompanyKind {
        /// A company whose people stay.
        Company = "company",
        /// A travel agent or channel that books for others.
        Agent = "agent",
    }
}

codes! {
    /// What a company is to a visit.
    pub enum CompanyRole {
        /// The guest comes for it.
        Company = "company",
        /// It booked for the guest.
        Agent = "agent",
    }
}

/// A company or an agent 【协议单位】, known to the whole chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Company {
    /// Identifier.
    pub id: CompanyId,
    /// Short code, unique in the chain.
    pub code: String,
    /// What it is.
    pub kind: CompanyKind,
    /// Its name.
    pub name: String,
    /// The name as it is searched: see [`name_key`].
    pub name_key: String,
    /// Tax number; unique in the chain.
    pub tax_id: Option<String>,
    /// Address of its seat.
    pub address: Option<String>,
    /// Number of the contract.
    pub contract: Option<String>,
    /// Commission on room revenue.
    pub commission: BasisPoints,
    /// What it and its subsidiaries may owe in all, minor units; none: as its accounts say.
    pub credit_limit: Option<i64>,
    /// Currency of the limit.
    pub currency: Option<Currency>,
    /// The company it is a subsidiary of.
    pub parent_id: Option<CompanyId>,
    /// The person to talk to, a guest of the chain.
    pub contact_id: Option<GuestId>,
    /// Version of the record.
    pub version: i64,
}

/// That a company pays by an account of the city ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompanyAccount {
    /// The property.
    pub property_id: PropertyId,
    /// The account.
    pub account_id: crate::ids::CityAccountId,
    /// The company.
    pub company_id: CompanyId,
}

/// That a visit is for a company, or was booked by an agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitCompany {
    /// The property.
    pub property_id: PropertyId,
    /// The visit.
    pub visit_id: VisitId,
    /// What the company is to it.
    pub role: CompanyRole,
    /// The company.
    pub company_id: CompanyId,
}

/// A company's name as it is searched: letters and digits only, small, so that spaces, signs and width do not matter.
pub fn name_key(name: &str) -> String {
    let narrow = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        c => c,
    };
    name.chars().map(narrow).filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_searched_without_regard_to_signs_and_width() {
        assert_eq!(name_key("Acme （Shanghai） Co., Ltd."), "acmeshanghaicoltd");
        assert_eq!(name_key("ＡＣＭＥ 云帆会展"), "acme云帆会展");
        assert_eq!(name_key("%_"), "");
    }
}
