//! What a client is made of, as text from code or environment.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use super::cautions;
use crate::error::Error;
use crate::event::Observer;
use crate::merchant::MerchantOptions;
use crate::secret::Credential;
use crate::store::Place;
use crate::table::misspelt;
use crate::table::settings::{self, SETTINGS, Setting, SettingKind, options, setters, settings};
use crate::transport::{Limits, Transport};

macro_rules! client {
    (
        merchant { $($merchant:tt)+ }
        limits { $($limit:tt)+ }
        client { $($setting:tt)+ }
        objects { $($object:tt)+ }
    ) => {
        options! {
            /// Options of a client.
            #[derive(Clone)]
            Options {
                own {
                    /// Who we are.
                    merchant: MerchantOptions = MerchantOptions::initial();
                    /// Limits of time and number.
                    limits: Limits = Limits::default();
                    /// Where tokens and the ledger of payments are kept. When left out: a file of this user that the processes
                    /// of this machine share, see [`WxPay::new`](crate::WxPay::new).
                    store: Option<Place> = None;
                    /// Whether the store is this process's memory although other processes serve the same shop. A warning says
                    /// so, once, when a payment is claimed. Bindings know it of forked processes and workers.
                    lonely: bool = false;
                    /// How requests travel, instead of over the default transport.
                    transport: Option<Arc<dyn Transport>> = None;
                    /// Receives an event after each attempt of each call. It must return quickly.
                    observer: Option<Arc<dyn Observer>> = None;
                    /// What follows the version in `User-Agent`.
                    language: String = "rust".to_owned();
                }
                settings { $($setting)+ }
            }
        }
        setters!(Options.limits { $($limit)+ });
        setters!(Options { $($setting)+ });
    };
}

settings!(client);

impl Options {
    /// WeChat's own addresses and the default limits.
    pub fn new(merchant: MerchantOptions) -> Self {
        Self { merchant, ..Self::initial() }
    }

    /// Reads the settings from this process's environment: `WXPAY_APPID` for `appid`, and so on for [each
    /// setting](crate::table::settings::SETTINGS). Each variable with `_FILE` at its end names a file whose content is taken,
    /// without the end of its last line. An empty variable counts as not set. A warning names a variable that is probably misspelt.
    ///
    /// # Errors
    /// `Config` for what is missing, unreadable or malformed.
    pub fn from_env() -> Result<Self, Error> {
        let names: Vec<String> = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()).collect();
        Self::from_variables(names.iter().map(String::as_str), |name| std::env::var(name).ok())
    }

    /// As [`Options::from_lookup`], from an environment that has variables of these names.
    ///
    /// # Errors
    /// As [`Options::from_env`].
    #[doc(hidden)]
    pub fn from_variables<'a>(
        names: impl Iterator<Item = &'a str>,
        lookup: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Error> {
        let is_set = |name: &str| lookup(name).is_some_and(|value| !value.is_empty());
        let misspelt = names.filter(|name| is_set(name)).filter_map(|name| Some((name, misspelt::meant(name)?)));
        // The right one may be set too, and the other be another program's.
        let misspelt = misspelt.filter(|(_, meant)| {
            let bare = meant.strip_suffix("_FILE").unwrap_or(meant);
            !is_set(bare) && !is_set(&format!("{bare}_FILE"))
        });
        let mut misspelt: Vec<(&str, String)> = misspelt.collect();
        let options = Self::from_lookup(&lookup).map_err(|error| match cause(&error, &misspelt) {
            Some(at) => {
                let (name, meant) = misspelt.remove(at);
                error.hinting(&format!("; {name} is set: did you mean {meant}?"))
            }
            None => error,
        });
        for (name, meant) in misspelt {
            cautions::misspelt(name, &meant);
        }
        options
    }

    /// As [`Options::from_env`], from an environment that the caller reads.
    ///
    /// # Errors
    /// As [`Options::from_env`].
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        Self::collect(
            lookup,
            |name| settings::find(name).and_then(Setting::variable).unwrap_or_default(),
            |variable| format!("is not set: set {variable}, or {variable}_FILE"),
        )
    }

    /// As [`Options::from_lookup`], for options of a constructor that are looked up under the names of variables. What is missing has
    /// the names of settings.
    ///
    /// # Errors
    /// As [`Options::from_env`].
    #[doc(hidden)]
    pub fn from_arguments(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        Self::collect(lookup, str::to_owned, |_| "is required".to_owned())
    }

    /// Reads the settings. What is missing is as `called` calls it, and the first of it `needed`.
    fn collect(
        lookup: impl Fn(&str) -> Option<String>,
        called: impl Fn(&str) -> String,
        needed: impl Fn(&str) -> String,
    ) -> Result<Self, Error> {
        let mut options = Self::initial();
        for setting in SETTINGS {
            let Some(variable) = setting.variable() else { continue };
            if let Some((text, _)) = text_in(&lookup, setting.name, setting.kind, &variable)? {
                options.take(setting, &text)?;
            }
        }
        let missing = options.merchant.missing();
        let Some((first, others)) = missing.split_first() else { return Ok(options) };
        let mut remedy = needed(&called(first));
        match *first {
            "api_key" => {
                let [v3_key, public_key] = ["api_v3_key", "platform_public_key"].map(&called);
                remedy = format!("{remedy}; a client of APIv3 alone needs {v3_key} or {public_key} instead");
            }
            first if settings::find(first).is_some_and(|setting| setting.required) => {}
            // What goes with the settings that are there is checked with them, when a client is made.
            _ => return Ok(options),
        }
        Err(Error::config(first, remedy).also_missing(others, called))
    }

    /// Sets a setting by its name, from text as the environment has it: a time in seconds, a list with commas.
    ///
    /// # Errors
    /// `Config` for text that the setting cannot be; `InvalidRequest` for a name that is not a setting's.
    pub fn set(&mut self, name: &str, text: &str) -> Result<(), Error> {
        let setting = settings::find(name).filter(|setting| setting.variable().is_some());
        let setting = setting.ok_or_else(|| Error::invalid("name", format!("there is no setting {name}")))?;
        self.take(setting, text)
    }

    /// Sets a certificate or a key by the setting's name, from its content.
    ///
    /// # Errors
    /// `InvalidRequest` for a name that is not such a setting's.
    #[doc(hidden)]
    pub fn set_bytes(&mut self, name: &str, content: &[u8]) -> Result<(), Error> {
        let credentials = self.credentials();
        let field = credentials.into_iter().find(|(field, _)| *field == name).map(|(_, credential)| credential);
        let field = field.ok_or_else(|| Error::invalid("name", format!("{name} is not a certificate or a key")))?;
        *field = Some(content.into());
        Ok(())
    }

    /// Reads the files of certificate and key. Clients that are made of these options later do not need the files.
    ///
    /// # Errors
    /// `Config`, naming the setting, for a file that cannot be read.
    #[doc(hidden)]
    pub fn read_files(&mut self) -> Result<(), Error> {
        for (field, credential) in self.credentials() {
            if let Some(Credential::File(path)) = credential {
                *credential = Some(content(field, path)?);
            }
        }
        Ok(())
    }

    fn credentials(&mut self) -> [(&'static str, &mut Option<Credential>); 4] {
        let MerchantOptions { client_cert, client_key, client_p12, platform_public_key, .. } = &mut self.merchant;
        [
            ("client_cert", client_cert),
            ("client_key", client_key),
            ("client_p12", client_p12),
            ("platform_public_key", platform_public_key),
        ]
    }

    /// Sets where tokens and the ledger of payments are kept: an address, or a store.
    #[must_use]
    pub fn store(mut self, place: impl Into<Place>) -> Self {
        self.store = Some(place.into());
        self
    }

    /// Sets how requests travel.
    #[must_use]
    pub fn transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Sets who receives an event after each attempt of each call.
    #[must_use]
    pub fn observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// Sets what follows the version in `User-Agent`.
    #[must_use]
    pub fn language(mut self, language: impl Into<String>) -> Self {
        self.language = language.into();
        self
    }

    fn take(&mut self, setting: &'static Setting, text: &str) -> Result<(), Error> {
        // All texts but a store's address are plain settings.
        if !(self.merchant.read(setting, text)? || self.limits.read(setting, text)? || self.read(setting, text)?) {
            self.store = Some(text.into());
        }
        Ok(())
    }
}

/// Which misspelt variable is why a setting is missing.
fn cause(error: &Error, misspelt: &[(&str, String)]) -> Option<usize> {
    let setting = error.field().and_then(settings::find)?;
    let variable = setting.variable()?;
    misspelt.iter().position(|(_, meant)| *meant == variable || *meant == format!("{variable}_FILE"))
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("merchant", &self.merchant)
            .field("endpoints", &self.endpoints)
            .field("limits", &self.limits)
            .field("lease", &self.lease)
            .finish_non_exhaustive()
    }
}

/// A setting's text in an environment, and the file that it was read from. A certificate's file is not read: it need not be text, so
/// the text is its path.
#[doc(hidden)]
pub fn text_in(
    lookup: &dyn Fn(&str) -> Option<String>,
    name: &'static str,
    kind: SettingKind,
    variable: &str,
) -> Result<Option<(String, Option<String>)>, Error> {
    if let Some(value) = lookup(variable).filter(|value| !value.is_empty()) {
        return Ok(Some((value, None)));
    }
    let Some(path) = lookup(&format!("{variable}_FILE")).filter(|path| !path.is_empty()) else { return Ok(None) };
    if kind == SettingKind::Credential {
        return Ok(Some((path.clone(), Some(path))));
    }
    let mut text = std::fs::read_to_string(&path).map_err(|error| match is_path(&path) {
        true => Error::config(name, format!("{variable}_FILE names {path}, which cannot be read: {error}")),
        false => Error::config(name, format!("{variable}_FILE is not the path of a file: {error}")),
    })?;
    // An editor ends a file with a line feed, which does not belong to a key.
    let end = text.strip_suffix('\n').map_or(text.len(), |line| line.strip_suffix('\r').unwrap_or(line).len());
    text.truncate(end);
    Ok(Some((text, Some(path))))
}

/// The longest text that is shown as a path.
const SHOWN: usize = 200;

/// Whether a text may be shown as the path of a file. A text that cannot be one may be a key in the wrong variable, and a bare name may
/// be an API key: a path that is shown has a `/`, a `\\` or a `.`, and is no URL, which may have a password, and no Base64.
#[doc(hidden)]
pub fn is_path(text: &str) -> bool {
    let is_other = text.contains('\n') || text.contains("-----BEGIN") || text.contains("://") || text.ends_with('=');
    text.len() <= SHOWN && !is_other && text.contains(['/', '\\', '.'])
}

/// What a file of a certificate or a key has.
fn content(field: &'static str, path: &PathBuf) -> Result<Credential, Error> {
    // More is not certificates: a device, or a wrong path.
    const MOST: u64 = 1 << 20;
    let unreadable = |why: String| match path.to_str() {
        Some("") => Error::config(field, "is empty: give a path, bytes, or PEM text"),
        Some(name) if is_path(name) => {
            // The whole path: a relative one is looked for where the program was started.
            let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
            Error::config(field, format!("names the file {}, which cannot be read: {why}", path.display()))
        }
        _ => Error::config(field, "is neither the path of a file nor PEM text, which begins with -----BEGIN"),
    };
    let length = std::fs::metadata(path).map_err(|error| unreadable(error.to_string()))?;
    if !length.is_file() {
        return Err(unreadable("it is not a file".to_owned()));
    }
    if length.len() > MOST {
        return Err(unreadable(format!("it has {} bytes, which is more than any certificate", length.len())));
    }
    std::fs::read(path).map(Credential::from).map_err(|error| unreadable(error.to_string()))
}
