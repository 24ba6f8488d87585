//! A store in Redis (or Valkey), for many machines.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::io::tcp::TcpSettings;
use redis::io::tcp::socket2::TcpKeepalive;
use redis::{Client, Cmd, FromRedisValue, IntoConnectionInfo, RedisError, RedisResult, Script};

use super::interface::{Store, StoreError, Storing};
use crate::error::Error;
use crate::secret::Secret;

/// One Redis that many machines share. One connection, which carries all operations side by side and is made anew when
/// it breaks, or when nothing comes back on it.
///
/// Use a server that keeps what it was given (`appendonly yes`) and evicts nothing (`maxmemory-policy noeviction`): what
/// it forgets of the ledger may be handed over once more.
pub struct RedisStore {
    client: Client,
    connection: Mutex<Option<Arc<ConnectionManager>>>,
}

/// How long a connection, and an operation, may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(3);
/// Who gives up after less has not waited long enough to blame the connection.
const SILENT: Duration = Duration::from_millis(100);

/// What takes a silent connection away, a NAT or a load balancer, does so after minutes. Its next operation would wait for
/// nothing.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// Compared and set in one step, on the server. A life of zero forgets the key.
const COMPARE_AND_SET: &str = r"
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[3] == '0' then redis.call('DEL', KEYS[1]) else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
return 1
";

impl RedisStore {
    /// `redis://user:password@host:6379/0`, or `rediss://` for TLS. Nothing is connected yet.
    pub(super) fn at_address(address: &str) -> Result<Self, Error> {
        // The library's error text may contain the address, and with it the password.
        let client = address.into_connection_info().and_then(|address| {
            let keepalive = TcpKeepalive::new().with_time(KEEPALIVE).with_interval(KEEPALIVE / 3);
            Client::open(address.set_tcp_settings(TcpSettings::default().set_nodelay(true).set_keepalive(keepalive)))
        });
        let client = client.map_err(|_| {
            Error::config("store", "is not a Redis address: redis://user:password@host:6379/0, or rediss:// for TLS")
        })?;
        Ok(Self { client, connection: Mutex::new(None) })
    }

    /// Repeats the command once when the connection broke. Only for commands that may run twice.
    async fn ask_again<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, StoreError> {
        match self.once(async |connection| command.query_async(connection).await).await {
            Err(error) if error.is_connection_dropped() => self.ask(command).await,
            answer => answer.map_err(failed),
        }
    }

    async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, StoreError> {
        self.once(async |connection| command.query_async(connection).await).await.map_err(failed)
    }

    async fn once<T>(&self, ask: impl AsyncFnOnce(&mut ConnectionManager) -> RedisResult<T>) -> RedisResult<T> {
        let shared = self.connection()?;
        let mut wait = Wait { store: self, on: &shared, since: Instant::now(), answered: false };
        let answer = ask(&mut ConnectionManager::clone(&shared)).await;
        wait.answered = !answer.as_ref().is_err_and(RedisError::is_timeout);
        answer
    }

    fn connection(&self) -> RedisResult<Arc<ConnectionManager>> {
        let mut kept = self.lock();
        if let Some(shared) = kept.as_ref() {
            return Ok(Arc::clone(shared));
        }
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(Some(RESPONSE_TIMEOUT))
            .set_number_of_retries(1)
            .set_max_delay(Duration::from_millis(200));
        let made = Arc::new(ConnectionManager::new_lazy_with_config(self.client.clone(), config)?);
        Ok(Arc::clone(kept.insert(made)))
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arc<ConnectionManager>>> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A wait for a reply. The manager replaces a broken connection, but keeps one on which no reply came; so that one is dropped
/// here, also when the caller is cancelled before the connection times out.
struct Wait<'a> {
    store: &'a RedisStore,
    on: &'a Arc<ConnectionManager>,
    since: Instant,
    answered: bool,
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        if !self.answered && self.since.elapsed() >= SILENT {
            self.store.lock().take_if(|kept| Arc::ptr_eq(kept, self.on));
        }
    }
}

/// What failed, without the server's own words: of a command that it does not know, Redis repeats the arguments, and with
/// them what was to be kept.
fn failed(error: RedisError) -> StoreError {
    let why = match error.code() {
        Some(code) => code.to_owned(),
        None if error.is_io_error() => error.to_string(),
        None => error.category().to_owned(),
    };
    StoreError::new(format!("the Redis store failed: {why}"))
}

/// Redis takes no life of zero; what lives that long is over before anybody asks.
fn milliseconds(life: Duration) -> u64 {
    u64::try_from(life.as_millis()).unwrap_or(u64::MAX).clamp(1, 1 << 52)
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RedisStore(…)")
    }
}

impl Store for RedisStore {
    fn get<'a>(&'a self, key: &'a str) -> Storing<'a, Option<Secret>> {
        Box::pin(async move {
            let value: Option<String> = self.ask_again(redis::cmd("GET").arg(key)).await?;
            Ok(value.map(Secret::new))
        })
    }

    fn put<'a>(&'a self, key: &'a str, value: &'a Secret, life: Duration) -> Storing<'a, ()> {
        Box::pin(async move {
            self.ask_again(redis::cmd("SET").arg(key).arg(value.expose()).arg("PX").arg(milliseconds(life))).await
        })
    }

    // What adds or compares is not asked again: the second answer would deny what the first one did.
    fn add<'a>(&'a self, key: &'a str, value: &'a Secret, life: Duration) -> Storing<'a, bool> {
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
    ) -> Storing<'a, bool> {
        Box::pin(async move {
            let life = if life.is_zero() { 0 } else { milliseconds(life) };
            let script = Script::new(COMPARE_AND_SET);
            let mut call = script.key(key);
            call.arg(old.expose()).arg(new.expose()).arg(life);
            let done: i64 = self.once(async |connection| call.invoke_async(connection).await).await.map_err(failed)?;
            Ok(done == 1)
        })
    }

    fn delete<'a>(&'a self, key: &'a str) -> Storing<'a, ()> {
        Box::pin(async move { self.ask_again(redis::cmd("DEL").arg(key)).await })
    }
}
