//! A store in Redis (or Valkey), for many machines.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;
use redis::io::tcp::socket2::{SockRef, TcpKeepalive};
use redis::{
    AsyncConnectionConfig, Cmd, ConnectionAddr, ConnectionInfo, FromRedisValue, IntoConnectionInfo, RedisError,
    RedisResult, Script, ScriptInvocation,
};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use tokio::task::AbortHandle;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::interface::{Store, StoreError, StoreFuture};
use super::replies::Replies;
use crate::error::Error;
use crate::secret::Secret;

/// One Redis that many machines share. One connection carries all operations side by side. It is replaced when it breaks, and when
/// no answer comes on it.
///
/// Use a server that keeps what it was given (`appendonly yes`) and evicts nothing (`maxmemory-policy noeviction`): what
/// it forgets of the ledger may be handed over once more.
pub struct RedisStore {
    server: ConnectionInfo,
    connection: Mutex<Option<Arc<Connection>>>,
}

/// A connection that is made by its first operation; the others wait for it.
#[derive(Default)]
struct Connection(OnceCell<Link>);

/// A connection, and the task that reads and writes for it.
struct Link {
    connection: MultiplexedConnection,
    driver: AbortHandle,
}

/// How long a connection, and an operation, may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(3);
/// An operation that is given up sooner has not waited long enough to blame the connection.
const SILENT: Duration = Duration::from_millis(100);

/// A NAT or a load balancer drops a silent connection after some minutes, and the next operation would wait until its timeout.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// Compares and sets in one step, on the server. A life of zero deletes the key.
const COMPARE_AND_SET: &str = r"
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[3] == '0' then redis.call('DEL', KEYS[1]) else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
return 1
";

impl RedisStore {
    /// `redis://user:password@host:6379/0`, or `rediss://` for TLS. Nothing is connected yet.
    pub(super) fn at_address(address: &str) -> Result<Self, Error> {
        // The library's error text may contain the address, and with it the password.
        let server = address.into_connection_info().map_err(|_| {
            Error::config("store", "is not a Redis address: redis://user:password@host:6379/0, or rediss:// for TLS")
        })?;
        Ok(Self { server, connection: Mutex::new(None) })
    }

    /// Repeats the command once when the connection broke. Only for commands that may run twice.
    async fn ask_again<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, StoreError> {
        match self.query(command).await {
            Err(error) if error.is_connection_dropped() => self.ask(command).await,
            answer => answer.map_err(failed),
        }
    }

    async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, StoreError> {
        self.query(command).await.map_err(failed)
    }

    /// Sends a command. If a replica refused to write, nothing was written, and it is sent once more on a new connection.
    async fn query<T: FromRedisValue>(&self, command: &Cmd) -> RedisResult<T> {
        match self.once(async |connection| command.query_async(connection).await).await {
            Err(error) if is_from_replica(&error) => {
                self.once(async |connection| command.query_async(connection).await).await
            }
            answer => answer,
        }
    }

    /// [`RedisStore::query`] for a script.
    async fn invoke<T: FromRedisValue>(&self, call: &ScriptInvocation<'_>) -> RedisResult<T> {
        match self.once(async |connection| call.invoke_async(connection).await).await {
            Err(error) if is_from_replica(&error) => {
                self.once(async |connection| call.invoke_async(connection).await).await
            }
            answer => answer,
        }
    }

    async fn once<T>(&self, ask: impl AsyncFnOnce(&mut MultiplexedConnection) -> RedisResult<T>) -> RedisResult<T> {
        let shared = self.connection();
        let mut wait = Wait { store: self, on: &shared, since: Instant::now(), answered: false };
        let driven = match shared.0.get_or_try_init(|| connect(&self.server)).await {
            Ok(driven) => driven,
            Err(error) => {
                // The next operation connects again.
                wait.answered = true;
                return Err(error);
            }
        };
        let answer = ask(&mut driven.connection.clone()).await;
        match &answer {
            Err(error) if error.is_unrecoverable_error() || is_wrong_server(error) => self.forget(&shared),
            answer => wait.answered = !answer.as_ref().is_err_and(RedisError::is_timeout),
        }
        answer
    }

    fn connection(&self) -> Arc<Connection> {
        let mut kept = self.lock();
        // The server closed it while it was idle. Nothing was sent on it, so a new one is as good for every command.
        kept.take_if(|kept| kept.0.get().is_some_and(|link| link.driver.is_finished()));
        Arc::clone(kept.get_or_insert_default())
    }

    /// Lets the next operation make a new connection.
    fn forget(&self, connection: &Arc<Connection>) {
        self.lock().take_if(|kept| Arc::ptr_eq(kept, connection));
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arc<Connection>>> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Connects and logs in.
async fn connect(server: &ConnectionInfo) -> RedisResult<Link> {
    let config = AsyncConnectionConfig::new().set_response_timeout(Some(RESPONSE_TIMEOUT));
    let connecting = async {
        let replies = Replies::of(open(server.addr()).await?);
        MultiplexedConnection::new_with_config(server.redis_settings(), replies, config).await
    };
    let (connection, driver) = timeout(CONNECT_TIMEOUT, connecting).await.map_err(io::Error::from)??;
    Ok(Link { connection, driver: tokio::spawn(driver).abort_handle() })
}

/// Whether the server is not, or not yet, the one that has the data. After a failover the address leads to another server, but an open
/// connection does not.
fn is_wrong_server(error: &RedisError) -> bool {
    const CODES: [&str; 6] = ["ASK", "CLUSTERDOWN", "LOADING", "MASTERDOWN", "MOVED", "TRYAGAIN"];
    is_from_replica(error) || error.code().is_some_and(|code| CODES.contains(&code))
}

/// Whether a replica refused to write. Redis 6 and older say so within the error of a script.
fn is_from_replica(error: &RedisError) -> bool {
    const READONLY: &str = "READONLY";
    let is_said = |detail: &str| detail.contains("-READONLY ");
    error.code() == Some(READONLY) || error.code() == Some("ERR") && error.detail().is_some_and(is_said)
}

impl Drop for Link {
    fn drop(&mut self) {
        // Otherwise it would wait for the answers that are still due.
        self.driver.abort();
    }
}

/// A byte stream of any kind.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

async fn open(address: &ConnectionAddr) -> RedisResult<Box<dyn Stream>> {
    match address {
        ConnectionAddr::Tcp(host, port) => Ok(Box::new(tcp(host, *port).await?)),
        ConnectionAddr::TcpTls { host, port, insecure: false, .. } => {
            let name = ServerName::try_from(host.clone()).map_err(io::Error::other)?;
            let connector = TlsConnector::from(Arc::new(tls().map_err(io::Error::other)?));
            Ok(Box::new(connector.connect(name, tcp(host, *port).await?).await?))
        }
        #[cfg(unix)]
        ConnectionAddr::Unix(path) => Ok(Box::new(tokio::net::UnixStream::connect(path).await?)),
        _ => Err(io::Error::other("addresses of this kind are not supported").into()),
    }
}

async fn tcp(host: &str, port: u16) -> io::Result<TcpStream> {
    let stream = TcpStream::connect((host, port)).await?;
    stream.set_nodelay(true)?;
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE).with_interval(KEEPALIVE / 3);
    SockRef::from(&stream).set_tcp_keepalive(&keepalive)?;
    Ok(stream)
}

fn tls() -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(builder.with_platform_verifier()?.with_no_client_auth())
}

/// A wait for an answer. A connection on which no answer comes is replaced, also when the caller gives up sooner than the connection
/// does.
struct Wait<'a> {
    store: &'a RedisStore,
    on: &'a Arc<Connection>,
    since: Instant,
    answered: bool,
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        if !self.answered && self.since.elapsed() >= SILENT {
            self.store.forget(self.on);
        }
    }
}

/// The failure without the server's words: Redis repeats the arguments of a command that it does not know, and with them the value
/// that was to be kept.
fn failed(error: RedisError) -> StoreError {
    let why = match error.code() {
        Some(code) => code.to_owned(),
        None if error.is_io_error() => error.to_string(),
        None => error.category().to_owned(),
    };
    StoreError::new(format!("the Redis store failed: {why}"))
}

/// Redis refuses a life of zero.
fn milliseconds(life: Duration) -> u64 {
    u64::try_from(life.as_millis()).unwrap_or(u64::MAX).clamp(1, 1 << 52)
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RedisStore(…)")
    }
}

impl Store for RedisStore {
    fn get<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Secret>> {
        Box::pin(async move {
            let value: Option<String> = self.ask_again(redis::cmd("GET").arg(key)).await?;
            Ok(value.map(Secret::new))
        })
    }

    fn put<'a>(&'a self, key: &'a str, value: &'a Secret, life: Duration) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            self.ask_again(redis::cmd("SET").arg(key).arg(value.expose()).arg("PX").arg(milliseconds(life))).await
        })
    }

    // Adding and comparing are not repeated: the second answer would deny what the first one did.
    fn add<'a>(&'a self, key: &'a str, value: &'a Secret, life: Duration) -> StoreFuture<'a, bool> {
        Box::pin(async move {
            let mut command = redis::cmd("SET");
            command.arg(key).arg(value.expose()).arg("NX").arg("PX").arg(milliseconds(life));
            let done: Option<String> = self.ask(&command).await?;
            Ok(done.is_some())
        })
    }

    fn compare_and_set<'a>(
        &'a self,
        key: &'a str,
        old: &'a Secret,
        new: &'a Secret,
        life: Duration,
    ) -> StoreFuture<'a, bool> {
        Box::pin(async move {
            let life = if life.is_zero() { 0 } else { milliseconds(life) };
            let script = Script::new(COMPARE_AND_SET);
            let mut call = script.key(key);
            call.arg(old.expose()).arg(new.expose()).arg(life);
            let done: i64 = self.invoke(&call).await.map_err(failed)?;
            Ok(done == 1)
        })
    }

    fn delete<'a>(&'a self, key: &'a str) -> StoreFuture<'a, ()> {
        Box::pin(async move { self.ask_again(redis::cmd("DEL").arg(key)).await })
    }
}
