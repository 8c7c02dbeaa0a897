//! XML as a tree, within limits.

use crate::reservation::Problem;
use quick_xml::{
    Reader, XmlVersion,
    escape::{escape, resolve_xml_entity},
    events::{BytesStart, Event},
};

/// What a message may be at most.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes.
    pub bytes: usize,
    /// Elements within elements.
    pub depth: usize,
    /// Elements in all.
    pub elements: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 8 << 20, depth: 40, elements: 200_000 }
    }
}

/// Why a message is refused as a whole. The texts contain nothing of the message but names of elements.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is larger than the limit, bytes.
    #[error("the message is larger than {0} bytes")]
    TooLarge(usize),
    /// Its elements are nested deeper than the limit.
    #[error("the elements of the message are nested deeper than {0}")]
    TooDeep(usize),
    /// It has more elements than the limit.
    #[error("the message has more than {0} elements")]
    TooMany(usize),
    /// It has a document type or declares entities.
    #[error("the message has a document type; send it without")]
    DocumentType,
    /// It uses an entity that XML does not know by itself.
    #[error(
        "the message uses an entity that it may not; only &amp; &lt; &gt; &quot; &apos; and numbers are known"
    )]
    Entity,
    /// It is no well-formed XML.
    #[error("the message is no well-formed XML (at byte {0})")]
    NotWellFormed(u64),
    /// Its root is another message.
    #[error("the message is none that is taken here")]
    OtherMessage,
    /// The other side reports an error instead of reservations.
    #[error("the message reports an error")]
    ReportsError,
    /// It is against the rules of such messages as a whole: where, and why.
    #[error("{0} {1}")]
    Broken(&'static str, Problem),
    /// It is to be JSON and is none, or of another form.
    #[error("it is no JSON of the form that was asked for")]
    NotJson,
}

/// An element.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Element {
    /// Its name without a prefix.
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) children: Vec<Element>,
    /// The text directly in it.
    pub(crate) text: String,
}

impl Element {
    /// An attribute that says something.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(known, _)| known == name)?;
        Some(found.1.trim()).filter(|value| !value.is_empty())
    }

    /// The first child of a name.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The first descendant by a path of names.
    pub(crate) fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |element, name| element.child(name))
    }

    /// Children of a name.
    pub(crate) fn all<'e>(&'e self, name: &'e str) -> impl Iterator<Item = &'e Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// Its text, if there is any.
    pub(crate) fn words(&self) -> Option<&str> {
        Some(self.text.trim()).filter(|text| !text.is_empty())
    }
}

impl Element {
    /// Writes it again as XML, without what was never taken in.
    pub(crate) fn write(&self, out: &mut String) {
        out.push('<');
        out.push_str(&self.name);
        for (at, (name, value)) in self.attributes.iter().enumerate() {
            // Without prefixes two may have one name, and declarations of namespaces say nothing any more.
            let is_again = self.attributes[..at].iter().any(|(known, _)| known == name);
            if is_again || ["xmlns", "xsi", "schemaLocation"].contains(&&**name) {
                continue;
            }
            out.push_str(&format!(" {name}=\"{}\"", escape(value.as_str())));
        }
        if self.children.is_empty() && self.words().is_none() {
            out.push_str("/>");
            return;
        }
        out.push('>');
        if let Some(words) = self.words() {
            out.push_str(&escape(words));
        }
        for child in &self.children {
            child.write(out);
        }
        out.push_str(&format!("</{}>", self.name));
    }

    /// The same element without its children.
    pub(crate) fn alone(&self) -> Self {
        Self { children: Vec::new(), ..self.clone() }
    }
}

/// Elements whose content is never taken in: cards, and what signs a request.
const UNTOUCHED: [&str; 4] = ["PaymentCard", "PaymentForm", "GuaranteesAccepted", "POS"];

fn element(start: &BytesStart<'_>, at: u64) -> Result<Element, Refused> {
    let name = start.local_name().into_inner().to_owned();
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|_| Refused::NotWellFormed(at))?;
        let value =
            attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|_| Refused::Entity)?.into_owned();
        attributes.push((attribute.key.local_name().into_inner().to_owned(), value));
    }
    Ok(Element { name, attributes, ..Element::default() })
}

/// Reads a message.
///
/// # Errors
/// It is no well-formed XML, or more than the limits allow.
pub(crate) fn parse(text: &str, limits: &Limits) -> Result<Element, Refused> {
    if text.len() > limits.bytes {
        return Err(Refused::TooLarge(limits.bytes));
    }
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    let mut open: Vec<Element> = Vec::new();
    let (mut root, mut count) = (None, 0);
    loop {
        let at = reader.buffer_position();
        let wrong = || Refused::NotWellFormed(at);
        let event = reader.read_event().map_err(|_| wrong())?;
        if matches!(event, Event::Start(_) | Event::Empty(_)) {
            count += 1;
            if count > limits.elements {
                return Err(Refused::TooMany(limits.elements));
            }
            if open.len() >= limits.depth {
                return Err(Refused::TooDeep(limits.depth));
            }
            if open.is_empty() && root.is_some() {
                return Err(wrong());
            }
        }
        let closed = match event {
            Event::Start(start) => {
                open.push(element(&start, at)?);
                None
            }
            Event::Empty(start) => Some(element(&start, at)?),
            Event::End(_) => Some(open.pop().ok_or_else(wrong)?),
            Event::Text(text) => {
                match open.last_mut() {
                    Some(last) => last.text.push_str(&text),
                    None if text.trim().is_empty() => {}
                    None => return Err(wrong()),
                }
                None
            }
            Event::CData(text) => {
                open.last_mut().ok_or_else(wrong)?.text.push_str(&text);
                None
            }
            Event::GeneralRef(reference) => {
                let last = open.last_mut().ok_or_else(wrong)?;
                match reference.resolve_char_ref() {
                    Ok(Some(letter)) => last.text.push(letter),
                    Ok(None) => {
                        let known = resolve_xml_entity(&reference.into_inner()).ok_or(Refused::Entity)?;
                        last.text.push_str(known);
                    }
                    Err(_) => return Err(Refused::Entity),
                }
                None
            }
            Event::DocType(_) => return Err(Refused::DocumentType),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => None,
            Event::Eof => break,
        };
        if let Some(mut closed) = closed {
            if UNTOUCHED.contains(&&*closed.name) {
                closed = Element { name: closed.name, ..Element::default() };
            }
            match open.last_mut() {
                Some(last) => last.children.push(closed),
                None => root = Some(closed),
            }
        }
    }
    match root {
        Some(root) if open.is_empty() => Ok(root),
        _ => Err(Refused::NotWellFormed(reader.buffer_position())),
    }
}
