//! A temporary place for stores: a folder, and a Redis server.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A folder and a Redis server in it, both removed when the test ends.
pub struct Place {
    pub folder: PathBuf,
    pub redis: Option<Child>,
}

impl Place {
    pub fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("wxpaykit-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self { folder, redis: None }
    }

    /// The names in the folder, sorted.
    pub fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.folder).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    pub fn sqlite(&self) -> String {
        format!("sqlite://{}", self.folder.join("store.db").display())
    }

    /// Starts a real Redis server, from Debian's packages.
    pub async fn redis(&mut self) -> String {
        for _ in 0..5 {
            // Half of a port number that the system chose: below the range that it uses for outgoing connections.
            let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port() / 2;
            let server = Command::new("redis-server")
                .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--dir"])
                .arg(&self.folder)
                .stdout(Stdio::null())
                .spawn();
            let server = self.redis.insert(server.expect("redis-server is needed: apt-get install redis-server"));
            for _ in 0..200 {
                if server.try_wait().unwrap().is_some() {
                    break;
                }
                if process_at(port).await == Some(server.id()) {
                    return format!("redis://127.0.0.1:{port}/0");
                }
                tokio::time::sleep(Duration::from_millis(25)).await;
            }
        }
        panic!("redis-server does not answer");
    }
}

/// The process ID of the Redis server at a port. Another process may have taken the port in the meantime.
async fn process_at(port: u16) -> Option<u32> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
    stream.write_all(b"INFO server\r\nQUIT\r\n").await.ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    answer.lines().find_map(|line| line.strip_prefix("process_id:"))?.parse().ok()
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(redis) = &mut self.redis {
            let _ = redis.kill();
            let _ = redis.wait();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
