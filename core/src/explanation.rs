//! The words of explanations: what a mistake is called, what to do about it, and how sure it is.

use std::fmt;

/// One usual mistake: a row of the table in [`doctor`](crate::doctor). Compares by its code.
#[derive(Clone, Copy)]
pub struct Mistake {
    pub(crate) code: &'static str,
    pub(crate) proof: Proof,
    pub(crate) english: Words,
    pub(crate) chinese: Words,
}

/// How a mistake is proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A signature made with this mistake equals the one that was received.
    Recomputed,
    /// The message itself shows it.
    Seen,
    /// Nothing proves it: it is only likely.
    Likely,
}

/// The languages that every mistake is explained in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English, for logs and errors.
    #[default]
    English,
    /// 简体中文.
    Chinese,
}

#[derive(Clone, Copy)]
pub(crate) struct Words {
    pub(crate) title: &'static str,
    pub(crate) advice: &'static str,
}

impl Mistake {
    /// A stable name, the same in every language.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// How the mistake is proved whenever it is reported.
    pub fn proof(&self) -> Proof {
        self.proof
    }

    /// What is wrong, in a few words.
    pub fn title(&self, language: Language) -> &'static str {
        self.words(language).title
    }

    /// What to do about it; empty when the title says enough.
    pub fn advice(&self, language: Language) -> &'static str {
        self.words(language).advice
    }

    /// Title and advice as one sentence.
    pub fn sentence(&self, language: Language) -> String {
        let Words { title, advice } = self.words(language);
        match (advice, language) {
            ("", _) => title.to_owned(),
            (_, Language::English) => format!("{title}: {advice}"),
            (_, Language::Chinese) => format!("{title}：{advice}"),
        }
    }

    fn words(&self, language: Language) -> Words {
        match language {
            Language::English => self.english,
            Language::Chinese => self.chinese,
        }
    }
}

/// The English sentence.
impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence(Language::English))
    }
}

impl fmt::Debug for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code)
    }
}

impl PartialEq for Mistake {
    fn eq(&self, other: &Self) -> bool {
        self.code == other.code
    }
}

impl Eq for Mistake {}
