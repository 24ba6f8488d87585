//! The contract that all stores fulfil.

#![cfg(all(feature = "sqlite", feature = "redis"))]

use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::common::place::Place;
use crate::common::within;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wxpaykit::doctor::Language;
use wxpaykit::{Secret, Store, store};

const LONG: Duration = Duration::from_secs(60);

#[test]
fn memory_keeps_the_contract() {
    within(async { contract(&|| store::open("memory:").unwrap(), false).await });
}

#[test]
fn sqlite_keeps_the_contract() {
    within(async {
        let place = Place::new("sqlite");
        contract(&|| store::open(&place.sqlite()).unwrap(), true).await;
    });
}

/// The file holds tokens, and so do SQLite's log files beside it.
#[cfg(unix)]
#[test]
fn a_new_sqlite_file_has_mode_0600_and_an_existing_one_keeps_its_mode() {
    use std::os::unix::fs::PermissionsExt;

    within(async {
        let place = Place::new("rights");
        let rights = |file: &str| std::fs::metadata(place.folder.join(file)).unwrap().permissions().mode() & 0o777;
        let store = store::open(&place.sqlite()).unwrap();
        store.put("a", &Secret::new("1"), LONG).await.unwrap();
        assert_eq!([rights("store.db"), rights("store.db-wal"), rights("store.db-shm")], [0o600; 3]);

        let shared = place.folder.join("shared.db");
        std::fs::write(&shared, "").unwrap();
        std::fs::set_permissions(&shared, std::fs::Permissions::from_mode(0o660)).unwrap();
        let store = store::open(&format!("sqlite://{}", shared.display())).unwrap();
        store.put("a", &Secret::new("1"), LONG).await.unwrap();
        assert_eq!([rights("shared.db"), rights("shared.db-wal")], [0o660; 2]);
    });
}

/// The file is deleted, as when a folder is cleaned.
#[cfg(unix)]
#[test]
fn a_deleted_sqlite_file_is_created_again() {
    use std::os::unix::fs::PermissionsExt;

    within(async {
        let place = Place::new("cleared");
        let store = store::open(&place.sqlite()).unwrap();
        store.put("a", &Secret::new("1"), LONG).await.unwrap();
        for entry in std::fs::read_dir(&place.folder).unwrap() {
            std::fs::remove_file(entry.unwrap().path()).unwrap();
        }
        assert_eq!(store.get("a").await.unwrap(), None);
        store.put("a", &Secret::new("2"), LONG).await.unwrap();
        assert_eq!(store.get("a").await.unwrap(), Some(Secret::new("2")));
        let rights = std::fs::metadata(place.folder.join("store.db")).unwrap().permissions().mode();
        assert_eq!(rights & 0o777, 0o600);
    });
}

/// Another process holds the write lock; meanwhile the value expires.
#[test]
fn a_value_that_expires_while_sqlite_is_locked_has_expired() {
    within(async {
        let place = Place::new("turn");
        let store = store::open(&place.sqlite()).unwrap();
        store.put("a", &Secret::new("1"), Duration::from_millis(400)).await.unwrap();
        let other = rusqlite::Connection::open(place.folder.join("store.db")).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let adding = tokio::spawn(async move { store.add("a", &Secret::new("2"), LONG).await.unwrap() });
        tokio::time::sleep(Duration::from_millis(800)).await;
        other.execute_batch("COMMIT").unwrap();
        assert!(adding.await.unwrap());
    });
}

#[test]
fn redis_keeps_the_contract() {
    within(async {
        let mut place = Place::new("redis");
        let address = place.redis().await;
        contract(&|| store::open(&address).unwrap(), true).await;
    });
}

/// The contract. Stores that are `shared` are opened twice, as two processes do.
async fn contract(open: &dyn Fn() -> Arc<dyn Store>, shared: bool) {
    let one = open();
    let other = if shared { open() } else { Arc::clone(&one) };
    let text = |text: &str| Secret::new(text);

    assert_eq!(one.get("a").await.unwrap(), None);
    one.put("a", &text("1"), LONG).await.unwrap();
    assert_eq!(other.get("a").await.unwrap(), Some(text("1")));
    other.put("a", &text("二 '\"\n"), LONG).await.unwrap();
    assert_eq!(one.get("a").await.unwrap(), Some(text("二 '\"\n")));
    assert!(!one.add("a", &text("3"), LONG).await.unwrap());
    assert!(!one.compare_and_set("a", &text("1"), &text("3"), LONG).await.unwrap());
    assert!(one.compare_and_set("a", &text("二 '\"\n"), &text("3"), LONG).await.unwrap());
    assert_eq!(other.get("a").await.unwrap(), Some(text("3")));
    other.delete("a").await.unwrap();
    other.delete("a").await.unwrap();
    assert_eq!(one.get("a").await.unwrap(), None);
    assert!(!one.compare_and_set("a", &text("3"), &text("4"), LONG).await.unwrap());
    assert!(one.add("a", &text("5"), LONG).await.unwrap());
    assert!(one.compare_and_set("a", &text("5"), &text("5"), Duration::ZERO).await.unwrap());
    assert_eq!(other.get("a").await.unwrap(), None);
    assert!(one.add("a", &text(""), LONG).await.unwrap());
    assert_eq!(other.get("a").await.unwrap(), Some(text("")));
    assert!(one.add("A", &text("capital"), LONG).await.unwrap(), "another key");
    assert_eq!(other.get("a").await.unwrap(), Some(text("")));
    assert_eq!(other.get("A").await.unwrap(), Some(text("capital")));

    ends(&one, &other).await;
    one_of_many(&one, &other).await;

    let large = "x".repeat(100_000);
    one.put("large", &text(&large), Duration::MAX).await.unwrap();
    assert_eq!(other.get("large").await.unwrap(), Some(text(&large)));
}

/// A value is gone after it expires, and a new one can be added; extending the time moves the expiry.
async fn ends(one: &Arc<dyn Store>, other: &Arc<dyn Store>) {
    let value = Secret::new("v");
    let short = Duration::from_millis(1500);
    one.put("short", &value, short).await.unwrap();
    one.put("longer", &value, short).await.unwrap();
    assert!(one.compare_and_set("longer", &value, &value, LONG).await.unwrap());
    assert!(!other.add("short", &value, LONG).await.unwrap());
    tokio::time::sleep(Duration::from_millis(1700)).await;
    assert_eq!(other.get("short").await.unwrap(), None);
    assert!(!other.compare_and_set("short", &value, &value, LONG).await.unwrap());
    assert!(other.add("short", &value, LONG).await.unwrap());
    assert_eq!(other.get("longer").await.unwrap(), Some(value));
}

/// Of many concurrent adds exactly one succeeds, and no increment by compare-and-swap is lost.
async fn one_of_many(one: &Arc<dyn Store>, other: &Arc<dyn Store>) {
    let tasks: Vec<_> = (0..40)
        .map(|i| {
            let store = Arc::clone(if i % 2 == 0 { one } else { other });
            tokio::spawn(async move { store.add("race", &Secret::new(i.to_string()), LONG).await.unwrap() })
        })
        .collect();
    let mut added = 0;
    for task in tasks {
        added += usize::from(task.await.unwrap());
    }
    assert_eq!(added, 1);

    one.put("count", &Secret::new("0"), LONG).await.unwrap();
    let tasks: Vec<_> = (0..8)
        .map(|i| {
            let store = Arc::clone(if i % 2 == 0 { one } else { other });
            tokio::spawn(async move {
                let mut done = 0;
                while done < 5 {
                    let old = store.get("count").await.unwrap().unwrap();
                    let new = Secret::new((old.expose().parse::<u32>().unwrap() + 1).to_string());
                    done += u32::from(store.compare_and_set("count", &old, &new, LONG).await.unwrap());
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(other.get("count").await.unwrap(), Some(Secret::new("40")));
}

#[test]
fn an_unreachable_store_is_an_error_and_is_used_again_when_it_is_back() {
    within(async {
        let mut place = Place::new("gone");
        let address = place.redis().await;
        let with_password = address.replace("redis://", "redis://default:the-password@");
        let store = store::open(&with_password).unwrap();
        store.put("a", &Secret::new("1"), LONG).await.unwrap();
        let mut server = place.redis.take().unwrap();
        server.kill().unwrap();
        server.wait().unwrap();
        let error = store.get("a").await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains("the-password"), "{error:?}");
        let port = address.trim_start_matches("redis://127.0.0.1:").trim_end_matches("/0");
        let again = Command::new("redis-server")
            .args(["--port", port, "--bind", "127.0.0.1", "--save", "", "--dir"])
            .arg(&place.folder)
            .stdout(Stdio::null())
            .spawn();
        place.redis = Some(again.unwrap());
        for _ in 0..100 {
            if store.get("a").await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the store did not come back");
    });
}

#[test]
fn repeatable_operations_survive_a_closed_connection() {
    within(async {
        let mut place = Place::new("closed");
        let address = place.redis().await;
        let store = store::open(&address).unwrap();
        let close = async || {
            let status = Command::new("redis-cli")
                .args(["-u", &address, "CLIENT", "KILL", "TYPE", "normal"])
                .stdout(Stdio::null())
                .status();
            assert!(status.expect("redis-cli is needed: apt-get install redis-tools").success());
        };
        store.put("a", &Secret::new("1"), LONG).await.unwrap();
        for _ in 0..20 {
            close().await;
            assert_eq!(store.get("a").await.unwrap(), Some(Secret::new("1")));
            close().await;
            store.put("a", &Secret::new("1"), LONG).await.unwrap();
            close().await;
            store.delete("b").await.unwrap();
        }
    });
}

#[test]
fn a_connection_that_was_closed_while_idle_is_replaced_for_every_operation() {
    within(async {
        let mut place = Place::new("idle");
        let address = place.redis().await;
        let store = store::open(&address).unwrap();
        let (one, two) = (Secret::new("1"), Secret::new("2"));
        for turn in 0..10 {
            let key = format!("a{turn}");
            assert!(store.get(&key).await.unwrap().is_none());
            closed(&address).await;
            assert!(store.add(&key, &one, LONG).await.unwrap());
            closed(&address).await;
            assert!(store.compare_and_set(&key, &one, &two, LONG).await.unwrap());
        }
    });
}

/// Closes the connections of a Redis, and lets this process see it.
async fn closed(address: &str) {
    let status = Command::new("redis-cli")
        .args(["-u", address, "CLIENT", "KILL", "TYPE", "normal"])
        .stdout(Stdio::null())
        .status();
    assert!(status.expect("redis-cli is needed: apt-get install redis-tools").success());
    tokio::time::sleep(Duration::from_millis(200)).await;
}

/// A server that answers `SET` with `first` on its first connection, or closes it if that is empty, and with `OK` on the others. Counts the
/// `SET`s of each connection.
async fn first_connection(first: &'static str) -> (String, Arc<Mutex<Vec<usize>>>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("redis://{}/0", listener.local_addr().unwrap());
    let counts: Arc<Mutex<Vec<usize>>> = Arc::default();
    let counted = Arc::clone(&counts);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let counts = Arc::clone(&counted);
            let number = counts.lock().unwrap().len();
            counts.lock().unwrap().push(0);
            tokio::spawn(async move {
                let mut asked = [0; 4096];
                while let Ok(read @ 1..) = stream.read(&mut asked).await {
                    for command in asked[..read].split(|byte| *byte == b'*').skip(1) {
                        let is_set = command.windows(9).any(|word| word == b"$3\r\nSET\r\n");
                        counts.lock().unwrap()[number] += usize::from(is_set);
                        let answer = if is_set && number == 0 { first } else { "+OK\r\n" };
                        if answer.is_empty() {
                            return;
                        }
                        stream.write_all(answer.as_bytes()).await.unwrap();
                    }
                }
            });
        }
    });
    (address, counts)
}

#[test]
fn an_add_without_an_answer_is_an_error_and_is_not_sent_again() {
    within(async {
        let (address, counts) = first_connection("").await;
        let store = store::open(&address).unwrap();
        store.add("a", &Secret::new("1"), LONG).await.unwrap_err();
        assert_eq!(*counts.lock().unwrap(), [1]);
        assert!(store.add("b", &Secret::new("1"), LONG).await.unwrap());
        assert_eq!(*counts.lock().unwrap(), [1, 1]);
    });
}

#[test]
fn a_server_that_says_it_is_the_wrong_one_is_left() {
    within(async {
        for (answer, is_repeated) in [
            ("-READONLY You can't write against a read only replica.\r\n", true),
            ("-ERR Error running script: @user_script: 2: -READONLY You can't write.\r\n", true),
            ("-MASTERDOWN Link with MASTER is down.\r\n", false),
            ("-CLUSTERDOWN The cluster is down\r\n", false),
            ("-LOADING Redis is loading the dataset in memory\r\n", false),
            ("-MOVED 3999 127.0.0.1:6381\r\n", false),
            ("-ASK 3999 127.0.0.1:6381\r\n", false),
            ("-TRYAGAIN Multiple keys\r\n", false),
        ] {
            let (address, counts) = first_connection(answer).await;
            let store = store::open(&address).unwrap();
            let first = store.add("a", &Secret::new("1"), LONG).await;
            assert_eq!(first.is_ok(), is_repeated, "{answer}: {first:?}");
            assert!(store.add("b", &Secret::new("1"), LONG).await.unwrap(), "{answer}");
            assert_eq!(*counts.lock().unwrap(), [1, 1 + usize::from(is_repeated)], "{answer}");
        }
        // Other answers are about the command, and say nothing about the server.
        let (address, counts) = first_connection("-OOM command not allowed when used memory > 'maxmemory'.\r\n").await;
        let store = store::open(&address).unwrap();
        for _ in 0..2 {
            store.add("a", &Secret::new("1"), LONG).await.unwrap_err();
        }
        assert_eq!(*counts.lock().unwrap(), [2]);
    });
}

/// After a failover the address leads to the new master. The old one is its replica, and its connections stay open.
#[test]
fn a_failover_is_survived_by_every_operation() {
    within(async {
        let (mut place, mut other) = (Place::new("before"), Place::new("after"));
        let port = |address: String| address.replace("redis://127.0.0.1:", "").replace("/0", "");
        let (old, new) = (port(place.redis().await), port(other.redis().await));
        let cli = |port: &str, words: &[&str]| {
            let status = Command::new("redis-cli").args(["-p", port]).args(words).stdout(Stdio::null()).status();
            assert!(status.expect("redis-cli is needed: apt-get install redis-tools").success());
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("redis://{}/0", listener.local_addr().unwrap());
        let target = Arc::new(Mutex::new(old.clone()));
        let now = Arc::clone(&target);
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let server = format!("127.0.0.1:{}", now.lock().unwrap());
                tokio::spawn(async move {
                    let mut far = TcpStream::connect(server).await.unwrap();
                    let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
                });
            }
        });
        let (one, two) = (Secret::new("1"), Secret::new("2"));
        for operation in ["put", "add", "compare_and_set", "delete"] {
            cli(&old, &["replicaof", "no", "one"]);
            *target.lock().unwrap() = old.clone();
            let store = store::open(&address).unwrap();
            store.put("k", &one, LONG).await.unwrap();
            cli(&new, &["set", "k", "1"]);
            *target.lock().unwrap() = new.clone();
            cli(&old, &["replicaof", "127.0.0.1", &new]);
            match operation {
                "put" => store.put("k", &two, LONG).await.unwrap(),
                "add" => assert!(store.add("n", &one, LONG).await.unwrap()),
                "compare_and_set" => assert!(store.compare_and_set("k", &one, &two, LONG).await.unwrap()),
                _ => store.delete("k").await.unwrap(),
            }
            cli(&new, &["del", "n"]);
        }
    });
}

/// A machine in between has dropped the connection: packets are lost, and neither side gets an error.
#[test]
fn a_silent_connection_is_not_used_again() {
    within(async {
        let mut place = Place::new("silent");
        let server = place.redis().await.replace("redis://", "").replace("/0", "");
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("redis://{}/0", listener.local_addr().unwrap());
        // The number of the silent connection, and the number of connections so far.
        let (connection, opened) = (Arc::new(AtomicUsize::new(usize::MAX)), Arc::new(AtomicUsize::new(0)));
        let (silent, count) = (Arc::clone(&connection), Arc::clone(&opened));
        tokio::spawn(async move {
            loop {
                let (mut near, _) = listener.accept().await.unwrap();
                let number = count.fetch_add(1, Ordering::SeqCst);
                let (mut far, silent) = (TcpStream::connect(&server).await.unwrap(), Arc::clone(&silent));
                tokio::spawn(async move {
                    let (mut asked, mut answered) = ([0; 4096], [0; 4096]);
                    loop {
                        tokio::select! {
                            read = near.read(&mut asked) => {
                                let Ok(count @ 1..) = read else { return };
                                if number != silent.load(Ordering::SeqCst) {
                                    far.write_all(&asked[..count]).await.unwrap();
                                }
                            }
                            read = far.read(&mut answered) => {
                                let Ok(count @ 1..) = read else { return };
                                near.write_all(&answered[..count]).await.unwrap();
                            }
                        }
                    }
                });
            }
        });
        let store = store::open(&address).unwrap();
        store.put("a", &Secret::new("1"), LONG).await.unwrap();
        connection.store(0, Ordering::SeqCst);
        let error = store.get("a").await.unwrap_err();
        assert_eq!(error.to_string(), "the Redis store failed: timed out");
        assert_eq!(store.get("a").await.unwrap(), Some(Secret::new("1")));

        // The same when the caller's time limit is shorter than the connection's.
        let store = store::open(&address).unwrap();
        store.get("a").await.unwrap();
        connection.store(opened.load(Ordering::SeqCst) - 1, Ordering::SeqCst);
        assert!(tokio::time::timeout(Duration::from_millis(500), store.get("a")).await.is_err());
        assert_eq!(store.get("a").await.unwrap(), Some(Secret::new("1")));
    });
}

#[test]
fn error_texts_of_redis_are_not_shown() {
    within(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("redis://{}/0", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let said = b"-ERR unknown command 'EVALSHA', with args beginning with: 'a' 'the-token'\r\n";
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let mut asked = [0; 4096];
                    while let Ok(1..) = stream.read(&mut asked).await {
                        // One answer for each command. A command begins with the number of its words.
                        for _ in asked.split(|byte| *byte == b'*').skip(1) {
                            stream.write_all(said).await.unwrap();
                        }
                        asked.fill(0);
                    }
                });
            }
        });
        let store = store::open(&address).unwrap();
        let error = wxpaykit::Error::from(store.put("a", &Secret::new("the-token"), LONG).await.unwrap_err());
        assert_eq!(error.to_string(), "the Redis store failed: ERR");
        assert!(!format!("{error:?}").contains("the-token"));
    });
}

/// Answers the commands with which a connection begins, and then, without an end, with `start` and repetitions of `repeated`. Counts
/// what it could send.
async fn endless(start: &'static str, repeated: &'static str) -> (String, Arc<AtomicUsize>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("redis://{}/0", listener.local_addr().unwrap());
    let sent = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&sent);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let count = Arc::clone(&count);
            tokio::spawn(async move {
                let mut asked = [0; 4096];
                loop {
                    let Ok(read @ 1..) = stream.read(&mut asked).await else { return };
                    let asked = &asked[..read];
                    if asked.windows(3).any(|word| word == b"GET") {
                        break;
                    }
                    for _ in asked.split(|byte| *byte == b'*').skip(1) {
                        stream.write_all(b"+OK\r\n").await.unwrap();
                    }
                }
                stream.write_all(start.as_bytes()).await.unwrap();
                let block = repeated.repeat(65536 / repeated.len());
                while stream.write_all(block.as_bytes()).await.is_ok() {
                    count.fetch_add(block.len(), Ordering::SeqCst);
                }
            });
        }
    });
    (address, sent)
}

#[test]
fn an_endless_reply_of_redis_is_an_error_after_a_mebibyte() {
    within(async {
        const LARGE: &str = "the reply is larger than 1 MiB";
        for (start, repeated, reason) in [
            ("+", "x", LARGE),
            ("-ERR ", "x", LARGE),
            ("$1000000000\r\n", "x", LARGE),
            ("*1000000000\r\n", ":1\r\n", LARGE),
            ("%1000000000\r\n", ":1\r\n", LARGE),
            // The library's own limit for lists within lists comes first.
            ("", "*1000\r\n", "parse error"),
        ] {
            let (address, sent) = endless(start, repeated).await;
            let store = store::open(&address).unwrap();
            let begun = std::time::Instant::now();
            let error = store.get("a").await.unwrap_err().to_string();
            assert_eq!(error, format!("the Redis store failed: {reason}"), "{start}{repeated}");
            assert!(begun.elapsed() < Duration::from_secs(2), "{start}{repeated}: {:?}", begun.elapsed());
            // What the buffers of both sockets take in is beyond the limit.
            assert!(sent.load(Ordering::SeqCst) < 16 << 20, "{start}{repeated}: {sent:?}");
        }
    });
}

#[cfg(unix)]
#[test]
fn a_sqlite_file_that_others_may_read_causes_a_warning() {
    use std::os::unix::fs::PermissionsExt;
    use std::sync::Mutex;

    use tracing::instrument::WithSubscriber;
    use wxpaykit::binding::warning::{Warning, Warnings};

    within(async {
        let place = Place::new("readable");
        let path = place.folder.join("store.db").display().to_string();
        for (mode, warned) in [(0o600, false), (0o640, false), (0o644, true), (0o666, true), (0o604, true)] {
            let _ = std::fs::remove_file(&path);
            std::fs::write(&path, "").unwrap();
            std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
            let got: Arc<Mutex<Vec<String>>> = Arc::default();
            let into = Arc::clone(&got);
            let warnings =
                Warnings(Language::English, move |warning: Warning| into.lock().unwrap().push(warning.to_string()));
            let used = async {
                let store = store::open(&place.sqlite()).unwrap();
                store.put("a", &Secret::new("hunter2"), LONG).await.unwrap();
                assert!(store.get("a").await.unwrap().is_some());
            };
            used.with_subscriber(warnings).await;
            let got = got.lock().unwrap().clone();
            assert_eq!(got.len(), usize::from(warned), "{mode:o}: {got:?}");
            for text in &got {
                assert!(text.contains(&format!("(mode {mode:o}), which holds tokens: chmod o= {path}")), "{text}");
                assert!(!text.contains("hunter2"));
            }
        }
    });
}

#[test]
fn errors_about_addresses_do_not_show_the_address() {
    for wrong in [
        "",
        "memory",
        "mysql://secret@host",
        "sqlite:",
        "sqlite::memory:",
        "sqlite://relative.db",
        "sqlite://folder/relative.db",
        "sqlite:///a?b",
        "redis://:secret@",
        "redis",
    ] {
        let Err(error) = store::open(wrong) else {
            assert_eq!(wrong, "memory");
            continue;
        };
        assert_eq!(error.class(), "ConfigError", "{wrong}");
        assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
    }
    within(async {
        let nowhere = store::open("sqlite:///nowhere/at/all.db").unwrap();
        let error = nowhere.get("a").await.unwrap_err().to_string();
        assert!(error == "the SQLite store failed: there is no folder /nowhere/at", "{error}");
        let unreachable = store::open("redis://:secret@127.0.0.1:9/0").unwrap();
        let error = unreachable.get("a").await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
    });
}
