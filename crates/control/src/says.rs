//! What a finding says, as it is kept.

use hefu_core::{AppError, Result};
use hefu_domain::{finding::Finding as Row, ids::PostingId};
use hefu_findings::{Correction, Evidence, Finding, Value};
use serde::{Deserialize, Serialize};

/// What the row of a finding does not say in columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Says {
    pub(crate) expected: Value,
    pub(crate) found: Value,
    pub(crate) evidence: Vec<Evidence>,
    pub(crate) correction: Option<Correction>,
}

impl Says {
    pub(crate) fn of(finding: &Finding) -> Self {
        let Finding { expected, found, evidence, correction, .. } = finding.clone();
        // The bill of another system is corrected there.
        let is_here = |correction: &Correction| match correction {
            Correction::ReverseLine { line, .. } | Correction::Allow { line, .. } => {
                line.parse::<PostingId>().is_ok()
            }
            _ => true,
        };
        let correction = correction.filter(is_here);
        Self { expected, found, evidence, correction }
    }

    pub(crate) fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// What a row says.
    ///
    /// # Errors
    /// It is of another form.
    pub(crate) fn read(row: &Row) -> Result<Self> {
        serde_json::from_str(&row.says)
            .map_err(|_| AppError::Internal("a finding says something of another form"))
    }
}
