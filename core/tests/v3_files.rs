//! Uploads and downloads of APIv3: what is signed, what is sent, what is refused before it is sent, and what a file must have as its hash.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::common;
use crate::common::day::emulator;
use crate::common::place::Place;
use crate::common::signed::{By, PUBLIC_KEY_ID, Request, Signed, download, file, options, reply, with_public_key};
use crate::common::within;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wxpaykit::error::Kind;
use wxpaykit::v3::{Download, Upload, VerifyingKey, string_to_sign};
use wxpaykit::{Error, WxPay};

const MEDIA: &str = "/v3/merchant/media/upload";
/// No text: bytes that are not UTF-8, and one that looks like the end of a part.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\xff\xfe\r\n--wxpaykit--\r\n";

fn client(url: &str) -> WxPay {
    WxPay::new(options(with_public_key(), url)).unwrap()
}

/// The parts of a form: their heads and their bytes.
fn parts(request: &Request) -> Vec<(String, Vec<u8>)> {
    let boundary = request.headers["content-type"].strip_prefix("multipart/form-data; boundary=").unwrap();
    let (mut found, mut rest) = (Vec::new(), &request.bytes[..]);
    let at = |text: &[u8], line: &[u8]| text.windows(line.len()).position(|window| window == line);
    let next = format!("\r\n--{boundary}");
    rest = rest.strip_prefix(&next.as_bytes()[2..]).unwrap();
    while let Some(part) = rest.strip_prefix(b"\r\n") {
        let end = at(part, next.as_bytes()).unwrap();
        let head = at(part, b"\r\n\r\n").unwrap();
        found.push((String::from_utf8(part[..head].to_vec()).unwrap(), part[head + 4..end].to_vec()));
        rest = &part[end + next.len()..];
    }
    assert_eq!(rest, b"--\r\n");
    found
}

/// Whether the signature of a request is over this text as its body.
fn signs(request: &Request, body: &str) -> bool {
    let header = &request.headers["authorization"];
    let part = |name: &str| {
        let (_, rest) = header.split_once(&format!("{name}=\"")).unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    };
    let (timestamp, nonce) = (part("timestamp"), part("nonce_str"));
    let text = string_to_sign(&request.method, &request.target, &timestamp, &nonce, body).unwrap();
    let key = VerifyingKey::read("cert", file("apiclient_cert.pem").as_bytes()).unwrap();
    key.verify(text.as_bytes(), &part("signature"))
}

fn field(error: &Error) -> String {
    match error.kind() {
        Kind::InvalidRequest { field, .. } => field.to_string(),
        _ => panic!("{error}"),
    }
}

#[test]
fn the_part_meta_alone_is_signed() {
    within(async {
        let server = Signed::start(|_| {
            reply(200, r#"{"media_id":"H1ihR9JUtVj-J7CJqBUY5ZOrG_Je75H-rKhTG7FUmg9sxNTbRN54dFiUHnhg"}"#)
        })
        .await;
        let media = client(&server.url).v3().upload(Upload::bytes("logo.png", PNG)).await.unwrap();
        assert_eq!(media.media_id(), Some("H1ihR9JUtVj-J7CJqBUY5ZOrG_Je75H-rKhTG7FUmg9sxNTbRN54dFiUHnhg"));
        let request = server.only();
        assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", MEDIA));
        assert_eq!(request.headers["wechatpay-serial"], PUBLIC_KEY_ID);
        let [(meta_head, meta), (file_head, content)] = &parts(&request)[..] else { panic!("{request:?}") };
        assert_eq!(meta_head, "Content-Disposition: form-data; name=\"meta\"\r\nContent-Type: application/json");
        assert_eq!(
            file_head,
            "Content-Disposition: form-data; name=\"file\"; filename=\"logo.png\"\r\nContent-Type: image/png"
        );
        assert_eq!(content, PNG);
        // Of `printf '\x89PNG\r\n\x1a\n\xff\xfe\r\n--wxpaykit--\r\n' | sha256sum`.
        let expected = format!(r#"{{"filename":"logo.png","sha256":"{SHA256}"}}"#);
        assert_eq!(std::str::from_utf8(meta).unwrap(), expected);
        assert!(signs(&request, &expected));
    });
}

const SHA256: &str = "b4624749ae2a8938f10af4e7502a8b6a29794407983e83d525d9a7611f8495db";

#[test]
fn a_file_is_read_and_goes_to_the_path_of_its_kind() {
    within(async {
        let server = Signed::start(|request| match request.target.as_str() {
            "/v3/marketing/favor/media/image-upload" => reply(200, r#"{"media_url":"https://qpic.cn/xRPJsp"}"#),
            "/v3/marketing/bank/packages/8473295/tasks" => reply(200, r#"{"task_id":"123456"}"#),
            _ => reply(200, r#"{"media_id":"M1"}"#),
        })
        .await;
        let pay = client(&server.url);
        let place = Place::new("uploads-kinds");
        let write = |name: &str| {
            let path = place.folder.join(name);
            std::fs::write(&path, PNG).unwrap();
            path
        };
        pay.v3().upload(Upload::file(write("执照.JPG"))).await.unwrap();
        pay.v3().upload(Upload::file(write("shop.mp4"))).await.unwrap();
        pay.v3().upload(Upload::file(write("x.tmp")).filename("contract.pdf")).await.unwrap();
        let coupon = Upload::file(write("coupon.png")).path("/v3/marketing/favor/media/image-upload");
        assert_eq!(pay.v3().upload(coupon).await.unwrap().media_url(), Some("https://qpic.cn/xRPJsp"));
        let users = Upload::bytes("users.csv", "1,2").path("/v3/marketing/bank/packages/8473295/tasks");
        let task = pay.v3().upload(users.clone().meta(r#"{"bank_type":"ICBC_CREDIT"}"#)).await.unwrap();
        assert_eq!((task.media_id(), task.get("task_id")), (None, Some("123456")));
        let got = server.got.lock().unwrap().clone();
        let sent: Vec<(&str, String)> = got
            .iter()
            .map(|request| {
                let head = &parts(request)[1].0;
                (request.target.as_str(), head.split_once("filename=").unwrap().1.replace("\r\n", " "))
            })
            .collect();
        let expected = [
            (MEDIA, "\"执照.JPG\" Content-Type: image/jpeg"),
            ("/v3/merchant/media/video_upload", "\"shop.mp4\" Content-Type: video/mp4"),
            (MEDIA, "\"contract.pdf\" Content-Type: application/pdf"),
            ("/v3/marketing/favor/media/image-upload", "\"coupon.png\" Content-Type: image/png"),
            ("/v3/marketing/bank/packages/8473295/tasks", "\"users.csv\" Content-Type: text/csv"),
        ];
        assert_eq!(sent, expected.map(|(path, rest)| (path, rest.to_owned())));
        let meta = String::from_utf8(parts(&got[4])[0].1.clone()).unwrap();
        assert!(meta.ends_with(r#","bank_type":"ICBC_CREDIT"}"#) && signs(&got[4], &meta), "{meta}");
        assert_eq!(field(&pay.v3().upload(users).await.unwrap_err()), "meta");
        assert_eq!(server.got.lock().unwrap().len(), 5);
    });
}

#[test]
fn what_wechat_does_not_take_is_not_sent() {
    within(async {
        let server = Signed::start(|_| reply(200, r#"{"media_id":"M1"}"#)).await;
        let pay = client(&server.url);
        let place = Place::new("uploads");
        let folder = place.folder.join("folder.png");
        std::fs::create_dir(&folder).unwrap();
        let large = place.folder.join("large.png");
        std::fs::File::create(&large).unwrap().set_len(5 * 1024 * 1024 + 1).unwrap();
        let png = |name: &str| Upload::bytes(name, PNG);
        for (upload, field_, words) in [
            (png(""), "filename", "is required"),
            (png("logo"), "filename", "must end with .jpg, .bmp, .png, .pdf, .avi"),
            (png("a.docx"), "filename", "must end with"),
            (png("a.jpeg"), "filename", "write .jpg for .jpeg"),
            (png("a/b.png"), "filename", "without a folder"),
            (png("a\"b.png"), "filename", "quotes"),
            (png("a\r\nb.png"), "filename", "control characters"),
            (png("😀.png"), "filename", "four bytes"),
            (png(&format!("{}.png", "a".repeat(125))), "filename", "longer than 128"),
            (
                png("a.pdf").path("/v3/marketing/favor/media/image-upload"),
                "filename",
                "must end with .jpg, .bmp, .png, which",
            ),
            (png("a.png").path("/pay/upload"), "path", "must be a path of APIv3"),
            (png("a.png").path("/v3/x?y=1"), "path", "must not have a query"),
            (png("a.png").meta("[]"), "meta", "must be a JSON object"),
            (png("a.png").meta("{\"x\":null}"), "meta.x", "null"),
            (png("a.png").meta("{\"sha256\":\"x\"}"), "meta", "the client makes them"),
            (png("a.pdf").path("/v3/taxi-invoice/cards/upload-file"), "meta", "must have file_type"),
            (Upload::bytes("a.png", ""), "file", "is empty"),
            (
                Upload::bytes("a.png", vec![0; 5 * 1024 * 1024 + 1]),
                "file",
                "has 5242881 bytes, and /v3/merchant/media/upload takes at most 5242880",
            ),
            (Upload::bytes("a.pdf", vec![0; 15 * 512 * 1024 + 1]), "file", "at most 7864320"),
            (Upload::file(&large), "file", "has 5242881 bytes"),
            (Upload::file(&folder), "file", "cannot be read: it is not a file"),
            (Upload::file(place.folder.join("none.png")), "file", "cannot be read"),
        ] {
            let error = pay.v3().upload(upload).await.unwrap_err();
            assert_eq!((field(&error).as_str(), error.endpoint()), (field_, Some("v3.upload")), "{error}");
            assert!(error.to_string().contains(words), "{error}");
        }
        assert!(server.got.lock().unwrap().is_empty());
    });
}

#[test]
fn an_invoice_has_the_digest_of_its_caller() {
    within(async {
        let server = Signed::start(|_| reply(200, r#"{"fapiao_media_id":"F1"}"#)).await;
        let meta = r#"{"file_type":"PDF","digest_alogrithm":"SM3","digest":"00"}"#;
        let path = "/v3/new-tax-control-fapiao/fapiao-applications/upload-fapiao-file";
        let upload = Upload::bytes("f.pdf", PNG).path(path).meta(meta);
        let media = client(&server.url).v3().upload(upload).await.unwrap();
        assert_eq!(media.get("fapiao_media_id"), Some("F1"));
        assert!(signs(&server.only(), meta));
    });
}

#[test]
fn a_reply_is_verified_and_has_what_its_path_answers() {
    within(async {
        for (by, body, code, retry) in [
            (By::Nobody, r#"{"media_id":"M1"}"#, "header_missing", "same_request"),
            (By::Changed, r#"{"media_id":"M1"}"#, "signature_mismatch", "same_request"),
            (By::PublicKey, r#"{"media_url":"https://qpic.cn/x"}"#, "malformed_reply", "same_request"),
            (By::PublicKey, "{}", "malformed_reply", "same_request"),
        ] {
            let server = Signed::start(move |_| reply(200, body).by(by)).await;
            let error = client(&server.url).v3().upload(Upload::bytes("a.png", PNG)).await.unwrap_err();
            assert_eq!((error.code(), error.retry().as_str()), (code, retry), "{error}");
        }
    });
}

#[test]
fn an_upload_that_only_keeps_the_file_is_repeated_and_another_is_not() {
    within(async {
        let count = AtomicUsize::new(0);
        let server = Signed::start(move |_| match count.fetch_add(1, Ordering::SeqCst) {
            0 => reply(502, "<html>").by(By::Nobody),
            _ => reply(200, r#"{"media_id":"M1"}"#),
        })
        .await;
        client(&server.url).v3().upload(Upload::bytes("a.png", PNG)).await.unwrap();
        let got = server.got.lock().unwrap().clone();
        assert_eq!((got.len(), got[0].bytes == got[1].bytes), (2, true));
        assert_ne!(got[0].headers["authorization"], got[1].headers["authorization"]);

        let server = Signed::start(|_| reply(502, "<html>").by(By::Nobody)).await;
        let upload = Upload::bytes("a.png", PNG).path("/v3/mch-operation-manage/enhanced-due-diligence/1/upload");
        let error = client(&server.url).v3().upload(upload).await.unwrap_err();
        assert_eq!((error.retry().as_str(), server.got.lock().unwrap().len()), ("query_first", 1), "{error}");
    });
}

#[test]
fn a_refused_signature_is_explained_over_the_text_that_was_signed() {
    within(async {
        let server =
            Signed::start(|_| reply(401, r#"{"code":"SIGN_ERROR","message":"签名错误"}"#).by(By::Nobody)).await;
        let error = client(&server.url).v3().upload(Upload::bytes("a.png", PNG)).await.unwrap_err();
        assert_eq!(error.class(), "ProtocolError", "{error}");
        let text = error.string_to_sign().unwrap();
        assert!(text.contains(r#"{"filename":"a.png","sha256":"#), "{text}");
    });
}

#[test]
fn a_download_is_signed_and_its_hash_checked() {
    within(async {
        let server = Signed::start(|_| download(PNG)).await;
        let pay = client(&server.url);
        let url = format!("{}/v3/transferdownload/elecvoucherfile?token=a%2Fb&source=elecsign", server.url);
        let get = async |download: Download| pay.v3().download(&download).await;
        for (kind, hash) in
            [("SHA256", SHA256.to_ascii_uppercase()), ("SHA1", SHA1.to_owned()), ("sha-256", SHA256.to_owned())]
        {
            assert_eq!(get(Download::new(&url).hash(kind, hash)).await.unwrap(), PNG);
        }
        assert_eq!(get(Download::new(&url)).await.unwrap(), PNG);
        let first = server.got.lock().unwrap()[0].clone();
        assert!(first.target.ends_with("?token=a%2Fb&source=elecsign") && signs(&first, ""));

        let error = get(Download::new(&url).hash("SHA256", SHA256.replace('a', "b"))).await.unwrap_err();
        assert_eq!(
            (error.class(), error.code(), error.retry().as_str()),
            ("SignatureError", "file_hash_mismatch", "same_request")
        );
        assert!(error.to_string().contains(SHA256), "{error}");
        let count = server.got.lock().unwrap().len();
        for (download, field_) in [
            (Download::new("https://evil.example/v3/x"), "download_url"),
            (Download::new("/v3/x"), "download_url"),
            (Download::new(&url).hash("SM3", SHA256), "hash_type"),
            (Download::new(&url).hash("SHA256", SHA1), "hash_value"),
        ] {
            let error = get(download).await.unwrap_err();
            assert_eq!((field(&error).as_str(), error.endpoint()), (field_, Some("v3.download")), "{error}");
        }
        assert_eq!(server.got.lock().unwrap().len(), count, "nothing was sent");
        assert!(!format!("{:?}", Download::new(&url)).contains("token"));
    });
}

/// Other bytes than those that were signed are taken nowhere but at the paths of streams, or with the hash of a signed reply.
#[test]
fn a_download_of_a_path_that_is_signed_is_verified() {
    within(async {
        let body = r#"{"trade_state":"SUCCESS"}"#;
        let get = async |by: By, path: &str, hash: Option<&str>| {
            let server = Signed::start(move |_| reply(200, body).by(by)).await;
            let download = Download::new(format!("{}{path}", server.url));
            let download = hash.iter().fold(download, |download, hash| download.hash("SHA256", *hash));
            client(&server.url).v3().download(&download).await.map_err(|error| error.code())
        };
        let order = "/v3/pay/transactions/out-trade-no/N?mchid=1";
        assert_eq!(get(By::PublicKey, order, None).await.unwrap(), body);
        assert_eq!(get(By::Changed, order, None).await, Err("signature_mismatch"));
        assert_eq!(get(By::Nobody, order, None).await, Err("header_missing"));
        assert_eq!(get(By::Nobody, "/v3/merchant-service/images/1/2", None).await, Err("header_missing"));
        for stream in ["/v3/merchant-service/images/1", "/v3/statements?id=1", "/v3/transferdownload/signfile?token=1"]
        {
            assert_eq!(get(By::Nobody, stream, None).await.unwrap(), body);
        }
        let sha256 = "0f3a4fb4b7b4bd6f55a5e2a1be7a17b16b1bfb2a2c8e15a3c6c3a3a9d4a1f0b2";
        assert_eq!(get(By::Nobody, order, Some(sha256)).await, Err("file_hash_mismatch"));
        // The signature is over the hash, and this one over the file.
        assert_eq!(get(By::PublicKey, "/v3/global/statements", None).await, Err("signature_mismatch"));
    });
}

/// All pieces of a stream, and how it ended.
async fn pieces(pay: &WxPay, download: &Download) -> (Vec<u8>, Result<(), Error>) {
    let mut read = Vec::new();
    let mut file = match pay.v3().download_stream(download).await {
        Ok(file) => file,
        Err(error) => return (read, Err(error)),
    };
    loop {
        match file.next().await {
            Ok(Some(piece)) => read.extend_from_slice(&piece),
            Ok(None) => {
                assert!(matches!(file.next().await, Ok(None)), "the end stays the end");
                assert_eq!(file.bytes_read(), read.len() as u64);
                return (read, Ok(()));
            }
            Err(error) => {
                let again = file.next().await.unwrap_err();
                assert_eq!(again.to_string(), error.to_string(), "no later read looks like the end");
                return (read, Err(error));
            }
        }
    }
}

#[test]
fn a_file_is_streamed_and_its_hash_checked_at_its_end() {
    within(async {
        let server = Signed::start(|_| download(PNG)).await;
        let pay = client(&server.url);
        let url = format!("{}/v3/transferdownload/elecvoucherfile?token=a", server.url);
        for hash in [None, Some(("SHA256", SHA256)), Some(("SHA1", SHA1))] {
            let wanted = hash.iter().fold(Download::new(&url), |wanted, (kind, hash)| wanted.hash(*kind, *hash));
            let (read, ended) = pieces(&pay, &wanted).await;
            ended.unwrap();
            assert_eq!(read, PNG);
        }
        assert!(signs(&server.got.lock().unwrap()[0], ""));
        let other = Download::new(&url).hash("SHA256", SHA256.replace('a', "b"));
        let (_, ended) = pieces(&pay, &other).await;
        let error = ended.unwrap_err();
        assert_eq!(
            (error.class(), error.code(), error.retry().as_str(), error.endpoint()),
            ("SignatureError", "file_hash_mismatch", "same_request", Some("v3.download"))
        );
        let count = server.got.lock().unwrap().len();
        for (wanted, field_) in [
            (Download::new("https://evil.example/v3/x"), "download_url"),
            (Download::new(&url).hash("SM3", SHA256), "hash_type"),
            (Download::new(&url).hash("SHA256", SHA1), "hash_value"),
        ] {
            assert_eq!(field(&pieces(&pay, &wanted).await.1.unwrap_err()), field_);
        }
        assert_eq!(server.got.lock().unwrap().len(), count, "nothing was sent");
    });
}

#[test]
fn a_stream_is_proved_as_a_download_is() {
    within(async {
        let body = r#"{"trade_state":"SUCCESS"}"#;
        let get = async |by: By, path: &str| {
            let server = Signed::start(move |_| reply(200, body).by(by)).await;
            let wanted = Download::new(format!("{}{path}", server.url));
            let (read, ended) = pieces(&client(&server.url), &wanted).await;
            ended.map(|()| read).map_err(|error| error.code())
        };
        let order = "/v3/pay/transactions/out-trade-no/N?mchid=1";
        assert_eq!(get(By::PublicKey, order).await.unwrap(), body.as_bytes());
        assert_eq!(get(By::Changed, order).await, Err("signature_mismatch"));
        assert_eq!(get(By::Nobody, order).await, Err("header_missing"));
        assert_eq!(get(By::Nobody, "/v3/statements?id=1").await.unwrap(), body.as_bytes());
        // The signature is over the hash, and this one over the file.
        assert_eq!(get(By::PublicKey, "/v3/global/statements").await, Err("signature_mismatch"));
        assert_eq!(get(By::Nobody, "/v3/global/statements").await, Err("header_missing"));
        for (made, class, code) in [
            (reply(404, r#"{"code":"NOT_FOUND","message":"x"}"#), "BusinessError", "business"),
            (reply(404, "").by(By::Nobody), "ProtocolError", "protocol"),
            (reply(502, "<html>").by(By::Nobody), "TransportError", "gateway"),
            (reply(200, "").by(By::Nobody), "TransportError", "malformed_reply"),
            (reply(204, ""), "TransportError", "malformed_reply"),
        ] {
            let status = made.status;
            let server = Signed::start(move |_| made.clone()).await;
            let url = format!("{}/v3/merchant-service/images/1", server.url);
            let error = pieces(&client(&server.url), &Download::new(url)).await.1.unwrap_err();
            assert_eq!((error.class(), error.code()), (class, code), "{error}");
            assert!(error.to_string().contains(&format!("HTTP {status}")), "{error}");
        }
    });
}

/// The SHA-1 of a file that is sent, signed in place of the file.
#[test]
fn a_statement_is_proved_by_the_signature_of_its_hash() {
    within(async {
        for by in [By::PublicKey, By::Changed] {
            let signed = format!(r#"{{"sha1":"{SHA1}"}}"#);
            let server = Signed::start(move |_| {
                // Signed over the text of the hash, and sent with the file.
                let mut made = reply(200, &signed).by(by);
                made.file = Some((PNG.to_vec(), PNG.len()));
                made
            })
            .await;
            let wanted = Download::new(format!("{}/v3/global/statements?id=1", server.url));
            let pay = client(&server.url);
            let (read, ended) = pieces(&pay, &wanted).await;
            let whole = pay.v3().download(&wanted).await.map_err(|error| error.code());
            assert_eq!(ended.map_err(|error| error.code()), whole.map(drop));
            assert_eq!(read, PNG);
        }
    });
}

/// A long file takes longer than a signature is fresh.
#[test]
fn a_statement_is_as_old_as_when_it_came() {
    within(async {
        let signed = format!(r#"{{"sha1":"{SHA1}"}}"#);
        let server = Signed::start(move |_| {
            let mut made = reply(200, &signed).by(By::Aging);
            made.file = Some((PNG.to_vec(), PNG.len()));
            made
        })
        .await;
        let pay = client(&server.url);
        let wanted = Download::new(format!("{}/v3/global/statements?id=1", server.url));
        let mut file = pay.v3().download_stream(&wanted).await.unwrap();
        tokio::time::sleep(std::time::Duration::from_secs(4)).await;
        let mut read = Vec::new();
        while let Some(piece) = file.next().await.unwrap() {
            read.extend_from_slice(&piece);
        }
        assert_eq!(read, PNG);
    });
}

#[test]
fn a_saved_file_stands_under_its_name_once_it_is_whole() {
    within(async {
        let place = Place::new("downloads-saved");
        let path = place.folder.join("receipt.pdf");
        let hash = || ("SHA256", SHA256);
        let save = async |made: common::signed::Reply, wanted: (&str, &str)| {
            let server = Signed::start(move |_| made.clone()).await;
            let url = format!("{}/v3/transferdownload/elecvoucherfile?token=AbCdEfGh", server.url);
            let pay = client(&server.url);
            let file = pay.v3().download_stream(&Download::new(url).hash(wanted.0, wanted.1)).await?;
            let mut told = Vec::new();
            let saved = file
                .save(&path, |bytes| {
                    let names = place.names();
                    assert!(names.iter().any(|name| name.ends_with(".part")), "{names:?}");
                    told.push(bytes);
                })
                .await;
            assert_eq!(server.got.lock().unwrap().len(), 1, "it is asked for once");
            saved.map(|()| told)
        };
        std::fs::write(&path, "the one of yesterday").unwrap();
        let cut = common::signed::Reply { file: Some((PNG[..10].to_vec(), PNG.len())), ..download(PNG) };
        for (made, wanted, code) in [
            (cut, hash(), "network"),
            (download(&PNG[1..]), hash(), "file_hash_mismatch"),
            (reply(404, "").by(By::Nobody), hash(), "protocol"),
        ] {
            let error = save(made, wanted).await.unwrap_err();
            assert_eq!((error.code(), error.endpoint()), (code, Some("v3.download")), "{error}");
            assert!(!format!("{error:?} {error}").contains("AbCdEf"), "{error:?}");
            assert_eq!(std::fs::read(&path).unwrap(), b"the one of yesterday");
            assert_eq!(place.names(), ["receipt.pdf"]);
        }
        let told = save(download(PNG), hash()).await.unwrap();
        assert_eq!(told.last(), Some(&(PNG.len() as u64)));
        assert_eq!(std::fs::read(&path).unwrap(), PNG);
        assert_eq!(place.names(), ["receipt.pdf"]);
        // A folder that is not there: nothing is written, and the error names the argument.
        let server = Signed::start(|_| download(PNG)).await;
        let url = format!("{}/v3/transferdownload/signfile?token=1", server.url);
        let file = client(&server.url).v3().download_stream(&Download::new(url)).await.unwrap();
        assert_eq!(file.size(), Some(PNG.len() as u64));
        assert_eq!(field(&file.save(place.folder.join("no/folder/x"), |_| {}).await.unwrap_err()), "path");
        // Its first piece is with the program already: the rest alone is not the file.
        let url = format!("{}/v3/transferdownload/signfile?token=1", server.url);
        let mut file = client(&server.url).v3().download_stream(&Download::new(url)).await.unwrap();
        file.next().await.unwrap().expect("a piece");
        let error = file.save(place.folder.join("rest.pdf"), |_| {}).await.unwrap_err();
        assert_eq!((error.class(), field(&error)), ("InvalidRequest", "file".to_owned()), "{error}");
        assert_eq!(place.names(), ["receipt.pdf"]);
    });
}

/// They shared one part file: the first to end gave its name to the pieces of the other.
#[test]
fn two_that_are_saved_to_one_path_do_not_meet() {
    within(async {
        let place = Place::new("downloads-two");
        let path = place.folder.join("receipt.pdf");
        // It sends the right file, and its second half when it is told to.
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let halting = format!("http://{}", listener.local_addr().unwrap());
        let go_on = std::sync::Arc::new(tokio::sync::Notify::new());
        let told = std::sync::Arc::clone(&go_on);
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 8192]).await.unwrap();
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", PNG.len());
            stream.write_all(&[head.as_bytes(), &PNG[..10]].concat()).await.unwrap();
            told.notified().await;
            stream.write_all(&PNG[10..]).await.unwrap();
        });
        let other = Signed::start(|_| download(&PNG[1..])).await;
        let save = async |url: &str, progress: &mut dyn FnMut(u64)| {
            let wanted =
                Download::new(format!("{url}/v3/transferdownload/elecvoucherfile?token=1")).hash("SHA256", SHA256);
            client(url).v3().download_stream(&wanted).await.unwrap().save(&path, progress).await
        };
        let begun = tokio::sync::Notify::new();
        let mut progress = |_| begun.notify_one();
        let first = save(&halting, &mut progress);
        let second = async {
            begun.notified().await;
            let ended = save(&other.url, &mut |_| assert_eq!(place.names().len(), 2)).await;
            go_on.notify_one();
            ended
        };
        let (first, second) = tokio::join!(first, second);
        first.unwrap();
        let error = second.unwrap_err();
        assert_eq!((error.class(), error.code()), ("SignatureError", "file_hash_mismatch"));
        assert_eq!(std::fs::read(&path).unwrap(), PNG);
        assert_eq!(place.names(), ["receipt.pdf"]);
    });
}

#[test]
fn what_stands_beside_a_file_stays_and_what_is_no_file_is_refused() {
    within(async {
        let place = Place::new("downloads-beside");
        let at = |name: &str| place.folder.join(name);
        let server = Signed::start(|_| download(PNG)).await;
        let pay = client(&server.url);
        let save = async |path: &std::path::Path| {
            let url = format!("{}/v3/transferdownload/elecvoucherfile?token=1", server.url);
            pay.v3().download_stream(&Download::new(url)).await.unwrap().save(path, |_| {}).await
        };
        std::fs::write(at("receipt.pdf.part"), "mine").unwrap();
        save(&at("receipt.pdf")).await.unwrap();
        assert_eq!(std::fs::read(at("receipt.pdf.part")).unwrap(), b"mine");
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(at("receipt.pdf.part"), at("linked.pdf.part")).unwrap();
            // A link to a file is replaced, and the file stays.
            std::os::unix::fs::symlink(at("receipt.pdf.part"), at("linked.pdf")).unwrap();
            save(&at("linked.pdf")).await.unwrap();
            assert_eq!(std::fs::read(at("receipt.pdf.part")).unwrap(), b"mine");
            assert_eq!(std::fs::read(at("linked.pdf")).unwrap(), PNG);
            std::os::unix::fs::symlink("/dev/null", at("null")).unwrap();
        }
        std::fs::create_dir(at("folder")).unwrap();
        let before = place.names();
        let (null, folder) = (at("null"), at("folder"));
        let mut wrong = vec![
            (folder.as_path(), "is a folder, not a file: give the path of a file in it"),
            (std::path::Path::new(""), "must not be empty"),
            (std::path::Path::new("a\0b"), "U+0000"),
        ];
        if cfg!(unix) {
            wrong.extend(
                ["/dev/stdout", "/dev/null", "/dev/fd/1", "/proc/self/fd/1"]
                    .map(|path| (std::path::Path::new(path), "is not a regular file")),
            );
            wrong.push((&null, "is not a regular file"));
        }
        for (path, words) in wrong {
            let error = save(path).await.unwrap_err();
            assert_eq!(field(&error), "path");
            assert!(error.to_string().contains(words), "{path:?}: {error}");
        }
        assert_eq!(place.names(), before);
    });
}

/// More than fits into memory by `download`, and a server that stops in the middle.
#[test]
fn a_stream_has_no_bound_and_a_time_limit_for_each_piece() {
    within(async {
        const SIZE: usize = 65 << 20;
        let stops = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let flag = std::sync::Arc::clone(&stops);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let stops = flag.load(Ordering::SeqCst);
                tokio::spawn(async move {
                    let mut request = [0; 8192];
                    let _ = stream.read(&mut request).await;
                    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {SIZE}\r\n\r\n");
                    let _ = stream.write_all(head.as_bytes()).await;
                    let piece = vec![b'x'; 1 << 16];
                    for sent in 0..SIZE >> 16 {
                        if stops && sent == 4 {
                            tokio::time::sleep(std::time::Duration::from_secs(60)).await;
                        }
                        let _ = stream.write_all(&piece).await;
                    }
                });
            }
        });
        let url = format!("http://{address}");
        let mut options = options(with_public_key(), &url);
        options.limits.timeout = std::time::Duration::from_millis(1500);
        options.limits.max_network_retries = 0;
        let pay = WxPay::new(options).unwrap();
        let wanted = Download::new(format!("{url}/v3/merchant-service/images/1"));
        let error = pay.v3().download(&wanted).await.unwrap_err();
        assert!(["malformed_reply", "timeout"].contains(&error.code()), "{error}");
        let mut file = pay.v3().download_stream(&wanted).await.unwrap();
        while file.next().await.unwrap().is_some() {}
        assert_eq!(file.bytes_read(), SIZE as u64);
        stops.store(true, Ordering::SeqCst);
        let mut file = pay.v3().download_stream(&wanted).await.unwrap();
        let start = std::time::Instant::now();
        let error = loop {
            match file.next().await {
                Ok(piece) => assert!(piece.is_some()),
                Err(error) => break error,
            }
        };
        assert_eq!((error.code(), error.retry().as_str()), ("timeout", "same_request"), "{error}");
        assert!(start.elapsed() < std::time::Duration::from_secs(6), "{:?}", start.elapsed());
    });
}

#[test]
fn the_token_of_a_file_is_in_no_error() {
    within(async {
        let server = Signed::start(|_| reply(401, r#"{"code":"SIGN_ERROR","message":"错误"}"#).by(By::Nobody)).await;
        let url = format!("{}/v3/transferdownload/signfile?id=1&token=AbCdEfGhIjKlMnOp%2F", server.url);
        let error = client(&server.url).v3().download(&Download::new(url)).await.unwrap_err();
        let text = error.string_to_sign().unwrap();
        assert!(text.contains("/v3/transferdownload/signfile?id=1&token=***"), "{text}");
        assert!(!format!("{error:?} {error}").contains("AbCdEf"), "{error:?}");
    });
}

#[test]
fn a_misspelt_path_of_an_upload_is_named() {
    within(async {
        let server = Signed::start(|_| reply(404, "").by(By::Nobody)).await;
        let upload = Upload::bytes("a.png", PNG).path("/v3/merchant/media/uplaod");
        let error = client(&server.url).v3().upload(upload).await.unwrap_err();
        assert!(error.to_string().contains("did you mean /v3/merchant/media/upload?"), "{error}");
    });
}

const SHA1: &str = "d8bb8a1b87587a4203fe9dcf83f1438267a116f2";

#[test]
fn a_download_that_is_no_file_is_an_error() {
    within(async {
        for (made, class, code) in [
            (reply(404, r#"{"code":"NOT_FOUND","message":"x"}"#), "BusinessError", "business"),
            (reply(404, "").by(By::Nobody), "ProtocolError", "protocol"),
            (reply(502, "<html>").by(By::Nobody), "TransportError", "gateway"),
            (reply(200, "").by(By::Nobody), "TransportError", "malformed_reply"),
            (reply(204, ""), "TransportError", "malformed_reply"),
        ] {
            let server = Signed::start(move |_| made.clone()).await;
            let url = format!("{}/v3/merchant-service/images/1", server.url);
            let error = client(&server.url).v3().download(&Download::new(url)).await.unwrap_err();
            assert_eq!((error.class(), error.code()), (class, code), "{error}");
        }
    });
}

/// As `coming/bills/receipt-answer-is-json.txt`, with the status of a success.
const ERROR: &str = r#"{"code":"INVALID REQUEST","message":"错误的签名，导致验签失败"}"#;

#[test]
fn an_error_in_place_of_a_file_is_an_error_with_any_status() {
    within(async {
        let place = Place::new("errors-for-files");
        let target = place.folder.join("receipt.pdf");
        let spaced = format!("\u{feff} \n{ERROR}");
        let receipt = "/v3/transferdownload/elecvoucherfile?token=1";
        let image = "/v3/merchant-service/images/1";
        let unknown = "/v3/some/file";
        let (hashed, statement) =
            (Some("0f3a4fb4b7b4bd6f55a5e2a1be7a17b16b1bfb2a2c8e15a3c6c3a3a9d4a1f0b2"), "/v3/statements");
        for (status, body, path, by, hash, expected) in [
            (200, ERROR, receipt, By::Nobody, None, Ok(false)),
            (200, ERROR, receipt, By::Nobody, hashed, Ok(false)),
            (400, ERROR, receipt, By::Nobody, None, Ok(false)),
            (200, &*spaced, image, By::Nobody, None, Ok(false)),
            (200, ERROR, statement, By::PublicKey, None, Ok(true)),
            (200, ERROR, unknown, By::Nobody, None, Ok(false)),
            (200, ERROR, unknown, By::PublicKey, None, Ok(true)),
            (200, ERROR, unknown, By::Changed, None, Err("signature_mismatch")),
            (200, ERROR, "/v3/global/statements", By::Nobody, None, Ok(false)),
        ] {
            let made = reply(status, body).by(by);
            let server = Signed::start(move |_| made.clone()).await;
            let wanted = Download::new(format!("{}{path}", server.url));
            let wanted = hash.iter().fold(wanted, |wanted, hash| wanted.hash("SHA256", *hash));
            let pay = client(&server.url);
            let saved = async { pay.v3().download_stream(&wanted).await?.save(&target, |_| {}).await };
            for error in [
                pay.v3().download(&wanted).await.unwrap_err(),
                pay.v3().download_stream(&wanted).await.unwrap_err(),
                saved.await.unwrap_err(),
            ] {
                let shown = format!("{status} {path} {by:?}: {error}");
                match expected {
                    Ok(is_verified) => {
                        let Kind::Business { err_code, .. } = error.kind() else { panic!("{shown}") };
                        assert_eq!(err_code, "INVALID REQUEST");
                        assert_eq!((error.status(), error.verified()), (Some(status), Some(is_verified)), "{shown}");
                        assert!(shown.contains("错误的签名，导致验签失败"), "{shown}");
                        assert_eq!(shown.contains("the reply is not signed"), !is_verified, "{shown}");
                    }
                    Err(code) => assert_eq!(error.code(), code, "{shown}"),
                }
                assert!(std::fs::read_dir(&place.folder).unwrap().next().is_none(), "{shown}");
            }
        }
    });
}

/// What is no error of WeChat's stays a file.
#[test]
fn a_file_of_json_is_a_file() {
    within(async {
        let long = format!(r#"{{"code":"A","message":"{}"}}"#, "x".repeat(70_000));
        let sha256 = |text: &str| {
            use sha2::Digest as _;
            sha2::Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect::<String>()
        };
        for (body, hash) in [
            (ERROR, Some(sha256(ERROR))),
            (r#"{"code":"A"}"#, None),
            (r#"{"message":"A"}"#, None),
            ("{", None),
            ("{}", None),
            ("[1]", None),
            (&*long, Some(sha256(&long))),
        ] {
            let text = body.to_owned();
            let server = Signed::start(move |_| reply(200, &text).by(By::Nobody)).await;
            let wanted = Download::new(format!("{}/v3/merchant-service/images/1", server.url));
            let wanted = hash.iter().fold(wanted, |wanted, hash| wanted.hash("SHA256", hash));
            let pay = client(&server.url);
            assert_eq!(pay.v3().download(&wanted).await.unwrap(), body);
            let (read, ended) = pieces(&pay, &wanted).await;
            assert_eq!((read.as_slice(), ended.is_ok()), (body.as_bytes(), true));
        }
    });
}

#[test]
fn the_emulator_takes_what_wechat_takes() {
    within(async {
        let wechat = emulator().await;
        let mut options = common::day::options(&wechat, wechat.url());
        options.merchant = options
            .merchant
            .platform_public_key(wechat.platform_public_key())
            .platform_public_key_id(wechat.platform_public_key_id());
        let pay = WxPay::new(options).unwrap();
        let media = pay.v3().upload(Upload::bytes("执照.png", PNG)).await.unwrap();
        assert!(media.media_id().unwrap().len() > 100);
        let coupon = Upload::bytes("c.png", PNG).path("/v3/marketing/favor/media/image-upload");
        assert!(pay.v3().upload(coupon).await.unwrap().media_url().unwrap().starts_with("https://qpic.cn/"));
    });
}
