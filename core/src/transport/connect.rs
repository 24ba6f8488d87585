//! Connections: TCP to the host or to the environment's proxy, and TLS over it.

use std::error::Error as StdError;
use std::future::poll_fn;
use std::sync::Arc;

use http::Uri;
use hyper::rt::{Read, Write};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Matcher;
use rustls::ClientConfig;
use rustls_platform_verifier::BuilderVerifierExt;
use tower_service::Service;

/// What HTTP is spoken over.
pub(super) trait Stream: Read + Write + Unpin + Send {}

impl<T: Read + Write + Unpin + Send> Stream for T {}

pub(super) type BoxError = Box<dyn StdError + Send + Sync>;

/// Makes connections.
pub(super) struct Connector {
    tcp: HttpConnector,
    tls: Arc<ClientConfig>,
    proxies: Option<Matcher>,
}

impl Connector {
    /// With the system's root certificates, and through `proxies` where they say so.
    ///
    /// # Errors
    /// rustls' when there are no root certificates.
    pub(super) fn new(proxies: Option<Matcher>) -> Result<Self, rustls::Error> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut tls = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_platform_verifier()?
            .with_no_client_auth();
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        Ok(Self { tcp, tls: Arc::new(tls), proxies })
    }

    /// A connection to the host of `to`.
    ///
    /// # Errors
    /// Whatever the system, the proxy or TLS had against it.
    pub(super) async fn connect(&self, to: Uri) -> Result<Box<dyn Stream>, BoxError> {
        let direct = HttpsConnector::from((self.tcp.clone(), Arc::clone(&self.tls)));
        // Whoever names `endpoints` gets no proxy, and WeChat's own are all https: nothing goes through a proxy in the open.
        let Some(proxy) = self.proxies.as_ref().and_then(|proxies| proxies.intercept(&to)) else {
            return Ok(Box::new(called(direct, to).await?));
        };
        let mut tunnel = Tunnel::new(proxy.uri().clone(), direct);
        if let Some(auth) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(auth.clone());
        }
        Ok(Box::new(called(HttpsConnector::from((tunnel, Arc::clone(&self.tls))), to).await?))
    }
}

async fn called<S: Service<Uri>>(mut service: S, to: Uri) -> Result<S::Response, S::Error> {
    poll_fn(|cx| service.poll_ready(cx)).await?;
    service.call(to).await
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn a_proxy_is_asked_for_a_tunnel() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let proxy = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut asked = [0; 1024];
            let count = stream.read(&mut asked).await.unwrap();
            stream.write_all(b"HTTP/1.1 403 Forbidden\r\n\r\n").await.unwrap();
            String::from_utf8(asked[..count].to_vec()).unwrap()
        });
        let proxies = Matcher::builder().all(format!("http://me:secret@{address}")).no("127.0.0.1").build();
        let connector = Connector::new(Some(proxies)).unwrap();
        let refused = connector.connect(Uri::from_static("https://api.mch.weixin.qq.com/")).await.err().unwrap();
        assert!(!refused.to_string().contains("secret"), "{refused}");
        let asked = proxy.await.unwrap();
        assert!(asked.starts_with("CONNECT api.mch.weixin.qq.com:443 HTTP/1.1\r\n"), "{asked}");
        assert!(asked.to_ascii_lowercase().contains("proxy-authorization: basic bwu6c2vjcmv0"), "{asked}");

        // What `NO_PROXY` names is reached directly.
        let direct = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let to = format!("http://{}/", direct.local_addr().unwrap()).parse().unwrap();
        assert!(connector.connect(to).await.is_ok());
    }
}
