//! APIv3: uploads, whose part `meta` alone is signed.

use crate::common::v3::{Signed, refusal};
use crate::common::{Answer, Wechat, start, within};
use serde_json::json;
use sha2::{Digest, Sha256};

const MEDIA: &str = "/v3/merchant/media/upload";
const KIND: &str = "multipart/form-data; boundary=x--y";

/// A form as PHP's SDK writes it.
fn form(meta: &str, filename: &str, content: &[u8]) -> Vec<u8> {
    let head = format!(
        "--x--y\r\nContent-Disposition: form-data; name=\"meta\";\r\nContent-Type: application/json\r\n\r\n{meta}\r\n\
         --x--y\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{filename}\";\r\nContent-Type: image/png\r\n\r\n"
    );
    [head.as_bytes(), content, b"\r\n--x--y--\r\n"].concat()
}

fn meta(filename: &str, content: &[u8]) -> String {
    let sha256: String = Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect();
    json!({ "filename": filename, "sha256": sha256 }).to_string()
}

/// Sends a body whose signature is over `signed`.
async fn send(wechat: &Wechat, path: &str, kind: &str, signed: &str, body: &[u8]) -> Answer {
    let by = Signed::by(wechat);
    let authorization = by.authorization("POST", path, signed);
    let mut headers: Vec<(&str, &str)> = by.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    headers.extend([("Authorization", authorization.as_str()), ("Content-Type", kind)]);
    wechat.http("POST", path, &headers, body).await
}

#[test]
fn a_file_has_an_id_or_an_address() {
    within(async {
        let wechat = start(|_| {}).await;
        // More than other bodies may have.
        let content = vec![0xff; 3 << 20];
        for (path, name, member) in [
            (MEDIA, "logo.png", "media_id"),
            (MEDIA, "LICENCE.JPG", "media_id"),
            ("/v3/merchant/media/video_upload", "a.mp4", "media_id"),
            ("/v3/merchant-service/images/upload", "a.bmp", "media_id"),
            ("/v3/marketing/favor/media/image-upload", "a.jpg", "media_url"),
        ] {
            let small = if path.contains("media/") && !path.contains("favor") { &content[..] } else { &content[..9] };
            let meta = meta(name, small);
            let answer = send(&wechat, path, KIND, &meta, &form(&meta, name, small)).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
            wechat.check_v3(&answer);
            assert!(answer.json()[member].as_str().unwrap().len() > 20, "{}", answer.body);
            let last = wechat.last().await;
            assert!(last["explanation"]["string_to_sign"].as_str().unwrap().ends_with(&format!("{meta}\n")), "{last}");
        }
    });
}

#[test]
fn what_is_wrong_with_an_upload() {
    within(async {
        let wechat = start(|_| {}).await;
        let png = meta("a.png", b"x");
        let whole = form(&png, "a.png", b"x");
        let large = vec![0; (5 << 20) + 1];
        let of_large = meta("a.png", &large);
        let cases: [(&str, &str, &str, Vec<u8>, &str); 10] = [
            (
                "the body is signed, as other calls are",
                KIND,
                std::str::from_utf8(&whole).unwrap(),
                whole.clone(),
                "401 SIGN_ERROR 签名错误，请检查后再试",
            ),
            (
                "another kind",
                "application/json",
                &png,
                png.clone().into(),
                "400 PARAM_ERROR HTTP头Content-Type必须为multipart/form-data",
            ),
            (
                "no boundary",
                "multipart/form-data",
                std::str::from_utf8(&whole).unwrap(),
                whole.clone(),
                "400 PARAM_ERROR 请求体不是合法的multipart/form-data",
            ),
            (
                "cut short",
                KIND,
                &png,
                whole[..whole.len() - 12].to_vec(),
                "400 PARAM_ERROR 请求体不是合法的multipart/form-data",
            ),
            ("another file", KIND, &png, form(&png, "a.png", b"y"), "400 PARAM_ERROR 文件摘要校验失败"),
            ("another name", KIND, &png, form(&png, "b.png", b"x"), "400 PARAM_ERROR 文件名不一致"),
            (
                "another ending",
                KIND,
                &meta("a.gif", b"x"),
                form(&meta("a.gif", b"x"), "a.gif", b"x"),
                "400 PARAM_ERROR 文件格式不支持",
            ),
            (
                "nothing",
                KIND,
                &meta("a.png", b""),
                form(&meta("a.png", b""), "a.png", b""),
                "400 PARAM_ERROR 文件大小不符合要求",
            ),
            ("too much", KIND, &of_large, form(&of_large, "a.png", &large), "400 PARAM_ERROR 文件大小不符合要求"),
            (
                "no hash",
                KIND,
                r#"{"filename":"a.png"}"#,
                form(r#"{"filename":"a.png"}"#, "a.png", b"x"),
                "400 PARAM_ERROR 输入源“/body/sha256”映射到字段“文件摘要”必填性规则校验失败，此字段为必填项",
            ),
        ];
        for (why, kind, signed, body, expected) in cases {
            let answer = send(&wechat, MEDIA, kind, signed, &body).await;
            assert_eq!(refusal(&answer), expected, "{why}");
        }
        let answer = send(&wechat, MEDIA, KIND, &png, &vec![0; (16 << 20) + 1]).await;
        assert_eq!(answer.status, 413);
    });
}
