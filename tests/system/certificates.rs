//! An authority of these tests, and a client of plain OpenSSL that shows whatever certificate it
//! is given.

use openssl::asn1::{Asn1Integer, Asn1Time};
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, PKeyRef, Private};
use openssl::ssl::{Ssl, SslContext, SslMethod, SslOptions, SslStream, SslVerifyMode};
use openssl::x509::{X509, X509NameBuilder, X509Ref};
use secure::{ClientConfig, ClientCredential, Secret, ServerKey};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, SystemTime};

const DAY_S: i64 = 86_400;

/// An authority, and the server that its devices believe.
pub(crate) struct Authority {
    name: &'static str,
    key: PKey<Private>,
    certificate: X509,
    server: Option<Vec<u8>>,
}

impl Authority {
    pub(crate) fn new(name: &'static str) -> Self {
        let key = key_on(Nid::X9_62_PRIME256V1);
        let certificate = sign(name, &key, name, &key, (-30, 30));
        Self {
            name,
            key,
            certificate,
            server: None,
        }
    }

    /// With devices that believe the server with this certificate.
    pub(crate) fn believing(self, server: &str) -> Self {
        let server = X509::from_pem(server.as_bytes()).expect("a certificate");
        let server = Some(server.to_der().expect("DER"));
        Self { server, ..self }
    }

    pub(crate) fn certificate_pem(&self) -> String {
        String::from_utf8(self.certificate.to_pem().expect("PEM")).expect("text")
    }

    pub(crate) fn key_pem(&self) -> String {
        let pem = self.key.private_key_to_pem_pkcs8().expect("PEM");
        String::from_utf8(pem).expect("text")
    }

    /// A device with a certificate in that name, good between those days from now.
    pub(crate) fn device(&self, name: &str, from: i64, until: i64) -> ClientConfig {
        let key = key_on(Nid::X9_62_PRIME256V1);
        let own = sign(name, &key, self.name, &self.key, (from, until));
        let mut config = ClientConfig::new(ClientCredential::Certificate {
            key: ServerKey {
                private_key: Secret::new(key.private_key_to_pkcs8().expect("DER")),
                chain: vec![own.to_der().expect("DER").into()],
            },
            trust_anchors: Vec::new(),
            server: self.server.clone(),
        });
        config.patience = Duration::from_secs(20);
        config
    }

    /// A certificate for a key on that curve, and the key.
    pub(crate) fn on_curve(&self, name: &str, curve: Nid) -> (X509, PKey<Private>) {
        let key = key_on(curve);
        (sign(name, &key, self.name, &self.key, (-1, 10)), key)
    }
}

/// Shows a certificate to a server, which must not believe it; the address that it was shown from.
pub(crate) fn show_with_openssl(
    server: SocketAddr,
    certificate: &X509Ref,
    key: &PKeyRef<Private>,
) -> SocketAddr {
    let mut context = SslContext::builder(SslMethod::dtls_client()).expect("a context");
    context.set_security_level(0);
    let suites = "ECDHE-ECDSA-AES128-GCM-SHA256";
    context.set_cipher_list(suites).expect("a suite");
    context.set_options(SslOptions::NO_QUERY_MTU);
    context.set_verify(SslVerifyMode::NONE);
    context.set_certificate(certificate).expect("set");
    context.set_private_key(key).expect("set");
    let mut ssl = Ssl::new(&context.build()).expect("an SSL object");
    ssl.set_mtu(1_024).expect("set");
    let socket = UdpSocket::bind((server.ip(), 0)).expect("a socket");
    socket.connect(server).expect("an address");
    let patience = Some(Duration::from_secs(10));
    socket.set_read_timeout(patience).expect("a timeout");
    let from = socket.local_addr().expect("an address");
    let mut stream = SslStream::new(ssl, Wire(socket)).expect("a stream");
    assert!(stream.connect().is_err(), "{from} was believed");
    from
}

/// A socket whose reads and writes are datagrams.
struct Wire(UdpSocket);

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.recv(buffer)
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.send(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn key_on(curve: Nid) -> PKey<Private> {
    let group = EcGroup::from_curve_name(curve).expect("a curve");
    PKey::from_ec_key(EcKey::generate(&group).expect("a key")).expect("a key")
}

fn sign(
    name: &str,
    key: &PKeyRef<Private>,
    issuer: &str,
    issuers_key: &PKeyRef<Private>,
    (from, until): (i64, i64),
) -> X509 {
    let named = |text: &str| {
        let mut name = X509NameBuilder::new().expect("a name");
        name.append_entry_by_nid(Nid::COMMONNAME, text)
            .expect("an entry");
        name.build()
    };
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let now = i64::try_from(now.expect("after 1970").as_secs()).expect("some years");
    let day = |days: i64| Asn1Time::from_unix(now + days * DAY_S).expect("a time");
    let mut builder = X509::builder().expect("a builder");
    builder.set_version(2).expect("set");
    let number = BigNum::from_u32(std::process::id()).expect("a number");
    let number = Asn1Integer::from_bn(&number).expect("a number");
    builder.set_serial_number(&number).expect("set");
    builder.set_subject_name(&named(name)).expect("set");
    builder.set_issuer_name(&named(issuer)).expect("set");
    builder.set_pubkey(key).expect("set");
    builder.set_not_before(&day(from)).expect("set");
    builder.set_not_after(&day(until)).expect("set");
    if name == issuer {
        let mut constraints = openssl::x509::extension::BasicConstraints::new();
        let constraints = constraints.critical().ca().build().expect("an extension");
        builder.append_extension(constraints).expect("set");
    }
    builder
        .sign(issuers_key, MessageDigest::sha256())
        .expect("signed");
    builder.build()
}
