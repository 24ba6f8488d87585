//! Whether WeChat's hosts can be reached: connections without a call.

use std::time::{Duration, Instant};

use bytes::Bytes;

use super::inner::WxPay;
use crate::error::Outcome;

/// Whether one host answers.
#[derive(Clone, Debug)]
pub struct Reached {
    /// Its address, as `https://api.mch.weixin.qq.com`.
    pub host: String,
    /// Whether it is asked only when another host cannot be reached.
    pub backup: bool,
    /// How long it took until the host answered, or until the attempt failed.
    pub elapsed: Duration,
    /// Why it did not answer, in a sentence without secrets.
    pub problem: Option<String>,
}

impl WxPay {
    /// Connects to each host that this client may send calls to, the backups too, at the same time. It sends a `GET /`, which no host
    /// takes for a call, and no setting of the merchant's.
    #[doc(hidden)]
    pub async fn reach(&self) -> Vec<Reached> {
        let mut hosts: Vec<(&str, bool)> = Vec::new();
        // WeCom's host is called only for who has its settings: a firewall need not let it through for the others.
        let wecom = self.merchant().wecom().is_ok().then_some(&self.0.wecom);
        for route in [&self.0.pay, &self.0.platform].into_iter().chain(wecom) {
            for (host, backup) in [(route.host(false), false), (route.host(true), route.has_backup())] {
                if hosts.iter().all(|(known, _)| *known != host) {
                    hosts.push((host, backup));
                }
            }
        }
        let mut tasks = Vec::new();
        for (host, backup) in hosts {
            let (pay, host) = (self.clone(), host.to_owned());
            tasks.push(tokio::spawn(async move { pay.reach_host(host, backup).await }));
        }
        let mut reached = Vec::new();
        for task in tasks {
            // A task fails only when the runtime ends, and then nobody reads the result.
            reached.extend(task.await.ok());
        }
        reached
    }

    async fn reach_host(&self, host: String, backup: bool) -> Reached {
        let begun = Instant::now();
        let problem = match format!("{host}/").parse() {
            Ok(uri) => {
                let mut request = http::Request::new(Bytes::new());
                *request.uri_mut() = uri;
                match self.0.transport.send(request, self.0.limits.timeout.into()).await {
                    Ok(_) => None,
                    Err(failure) => {
                        let cause = std::error::Error::source(&failure).map(|cause| format!(": {cause}"));
                        // A host that took the request can be reached, whatever it did then.
                        let reached = failure.outcome == Outcome::Unknown && failure.code.as_str() != "timeout";
                        (!reached).then(|| format!("{failure}{}", cause.unwrap_or_default()))
                    }
                }
            }
            Err(_) => Some("its address is not a URL".to_owned()),
        };
        Reached { host, backup, elapsed: begun.elapsed(), problem }
    }
}
