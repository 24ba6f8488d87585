//! `certificates`: WeChat Pay's platform certificates, encrypted as WeChat sends them.

use crate::table::macros::{endpoints, record};

endpoints! {
    /// Downloads the platform certificates (平台证书), still encrypted. The client does this when it needs them; call it only to inspect
    /// them. WeChat answers 404 to merchants that have only the WeChat Pay public key.
    v3.certificates(V3Certificates) -> V3CertificatesReply {
        v3_get("/v3/certificates"),
        retry(Safe);
        request {}
    }
}

record! {
    /// The reply of `certificates`.
    V3CertificatesReply
    fields {
        /// The certificates.
        data: List<V3Certificate>,
    }
}

record! {
    /// A platform certificate.
    V3Certificate
    fields {
        /// Its serial number.
        serial_no: Id(40),
        /// From when on it is used.
        effective_time: Instant,
        /// Until when it is used.
        expire_time: Instant,
        /// The certificate, encrypted.
        encrypt_certificate: Record<V3SealedCertificate>,
    }
}

record! {
    /// A platform certificate, encrypted: `v3.decrypt` opens it.
    V3SealedCertificate
    fields {
        /// `AEAD_AES_256_GCM`.
        algorithm: Text(32),
        /// 12 characters.
        nonce: Text(16),
        /// `certificate`.
        associated_data: Text(16),
        /// Base64.
        ciphertext: Text,
    }
}
