//! OpenSSL's settings for a role, over datagrams or over a stream: suites, curve,
//! certificates, callbacks. What proves an identity and who is believed is the same for
//! both.
//!
//! Everything that one handshake needs of its own hangs on its `SSL` object and is
//! fetched from there by the callbacks, see `handshake::shared`.

use crate::config::{MaxFragment, ServerKey, SetupError, Suite};
use crate::ffi;
use crate::handshake::plausible::MAX_CERTIFICATE_BYTES;
use crate::handshake::shared::{self, shared_of};
use crate::hello::{CERTIFICATE_TYPES, CONNECTION_ID};
use crate::keyring::Keyring;
use crate::server_name::ServerName;
use crate::verify;
use openssl::error::ErrorStack;
use openssl::pkey::{PKey, Private};
use openssl::ssl::{
    ExtensionContext, NameType, SniError, SslAlert, SslContext, SslContextBuilder, SslMethod,
    SslOptions, SslRef, SslSession, SslSessionCacheMode, SslVerifyMode, SslVersion,
};
use openssl::x509::X509;
use openssl::x509::store::{X509Store, X509StoreBuilder};
use openssl::x509::verify::X509VerifyFlags;
use std::collections::BTreeMap;

/// What the server's handshakes are made from; `named` if the key belongs to the name
/// that the client asked for.
pub(crate) fn server(
    suites: &[Suite],
    key: Option<&ServerKey>,
    named: bool,
    keyring: &Keyring,
) -> Result<SslContext, SetupError> {
    let mut context = for_datagrams(SslMethod::dtls_server(), suites)?;
    if named {
        // The client hears that its server name counted (RFC 6066 §3).
        context.set_servername_callback(|_, _| Ok(()));
    }
    // COOKIE_EXCHANGE: the hello that OpenSSL sees is the second one. Its cookie was
    // verified before, so that OpenSSL is told yes and never makes one.
    context.set_options(SslOptions::COOKIE_EXCHANGE);
    context.set_cookie_verify_cb(|_, _| true);
    context.set_cookie_generate_cb(|_, _| Err(ErrorStack::get()));
    context.set_session_cache_mode(SslSessionCacheMode::SERVER | SslSessionCacheMode::NO_INTERNAL);
    ffi::set_session_lookup(&mut context, look_up_session);
    // The identity was read from the record: OpenSSL cuts it at a zero byte.
    context.set_psk_server_callback(|ssl, _, out| Ok(shared::server_psk(ssl, out)));
    ffi::limit_certificates(&mut context, MAX_CERTIFICATE_BYTES);
    prove_as_server(&mut context, key, keyring)?;
    Ok(context.build())
}

/// The same over a stream, for TLS 1.2 and 1.3; `named` are those for server names.
pub(crate) fn stream_server(
    suites: &[Suite],
    key: Option<&ServerKey>,
    named: BTreeMap<ServerName, SslContext>,
    keyring: &Keyring,
) -> Result<SslContext, SetupError> {
    let mut context = for_stream(SslMethod::tls_server(), suites)?;
    context.set_servername_callback(move |ssl, _| choose(ssl, &named));
    context.set_psk_server_callback(|ssl, identity, out| {
        shared::name_psk(ssl, identity);
        Ok(shared::server_psk(ssl, out))
    });
    prove_as_server(&mut context, key, keyring)?;
    Ok(context.build())
}

/// What a client's handshakes are made from.
pub(crate) fn client(
    suites: &[Suite],
    key: Option<&ServerKey>,
    types: &[u8],
    max_fragment: Option<MaxFragment>,
    keyring: &Keyring,
) -> Result<SslContext, SetupError> {
    let mut context = for_datagrams(SslMethod::dtls_client(), suites)?;
    if let Some(most) = max_fragment
        && !ffi::ask_for_short_records(&mut context, most.code())
    {
        return Err(ErrorStack::get().into());
    }
    context.set_session_cache_mode(SslSessionCacheMode::CLIENT | SslSessionCacheMode::NO_INTERNAL);
    prove_as_client(&mut context, key, types, keyring)?;
    Ok(context.build())
}

/// The same over a stream, for TLS 1.2 and, where the `newest` is wanted, 1.3.
pub(crate) fn stream_client(
    suites: &[Suite],
    key: Option<&ServerKey>,
    types: &[u8],
    newest: bool,
    keyring: &Keyring,
) -> Result<SslContext, SetupError> {
    let mut context = for_stream(SslMethod::tls_client(), suites)?;
    if !newest {
        context.set_max_proto_version(Some(SslVersion::TLS1_2))?;
    }
    prove_as_client(&mut context, key, types, keyring)?;
    Ok(context.build())
}

fn prove_as_server(
    context: &mut SslContextBuilder,
    key: Option<&ServerKey>,
    keyring: &Keyring,
) -> Result<(), SetupError> {
    // Of what a client offers, our order decides.
    context.set_options(SslOptions::CIPHER_SERVER_PREFERENCE);
    // Without one OpenSSL takes up no session, and a pre-shared key of TLS 1.3 is one.
    context.set_session_id_context(b"lwm2m")?;
    if let Some(key) = key {
        show(context, key)?;
    }
    believe(context, keyring, SslVerifyMode::FAIL_IF_NO_PEER_CERT)?;
    accept_types(context, &CERTIFICATE_TYPES)
}

fn prove_as_client(
    context: &mut SslContextBuilder,
    key: Option<&ServerKey>,
    types: &[u8],
    keyring: &Keyring,
) -> Result<(), SetupError> {
    context.set_psk_client_callback(|ssl, _, identity, key| {
        Ok(shared::client_psk(ssl, identity, key))
    });
    if let Some(key) = key {
        show(context, key)?;
    }
    believe(context, keyring, SslVerifyMode::empty())?;
    accept_types(context, types)
}

/// DTLS 1.2, with Connection IDs.
fn for_datagrams(method: SslMethod, suites: &[Suite]) -> Result<SslContextBuilder, SetupError> {
    let mut context = common(method, suites)?;
    context.set_min_proto_version(Some(SslVersion::DTLS1_2))?;
    context.set_max_proto_version(Some(SslVersion::DTLS1_2))?;
    context.set_options(SslOptions::NO_QUERY_MTU);
    let contexts = ExtensionContext::DTLS_ONLY
        | ExtensionContext::CLIENT_HELLO
        | ExtensionContext::TLS1_2_SERVER_HELLO;
    context.add_custom_ext(
        CONNECTION_ID,
        contexts,
        |ssl, context, _| Ok(own_cid(ssl, context)),
        |ssl, _, body, _| peer_cid(ssl, body),
    )?;
    Ok(context)
}

/// TLS 1.2 and 1.3, without resumption.
fn for_stream(method: SslMethod, suites: &[Suite]) -> Result<SslContextBuilder, SetupError> {
    let mut context = common(method, suites)?;
    context.set_min_proto_version(Some(SslVersion::TLS1_2))?;
    context.set_max_proto_version(Some(SslVersion::TLS1_3))?;
    context.set_ciphersuites(TLS_1_3_SUITES)?;
    context.set_session_cache_mode(SslSessionCacheMode::OFF);
    context.set_num_tickets(0)?;
    Ok(context)
}

fn common(method: SslMethod, suites: &[Suite]) -> Result<SslContextBuilder, SetupError> {
    let mut context = SslContextBuilder::new(method)?;
    // OpenSSL counts CCM_8 as 64 bits strong and would leave it out above level 0. What a
    // level would forbid, the lists below do not contain.
    context.set_security_level(0);
    let names: Vec<&str> = suites.iter().map(|suite| suite.openssl_name()).collect();
    context.set_cipher_list(&names.join(":"))?;
    context.set_groups_list("P-256")?;
    context.set_sigalgs_list("ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512")?;
    context.set_options(
        SslOptions::NO_RENEGOTIATION | SslOptions::NO_TICKET | SslOptions::NO_COMPRESSION,
    );
    Ok(context)
}

/// Goes on with the settings for the name that the client asks for, if it has any.
fn choose(ssl: &mut SslRef, named: &BTreeMap<ServerName, SslContext>) -> Result<(), SniError> {
    let asked = ssl.servername(NameType::HOST_NAME);
    let asked = asked.and_then(|name| ServerName::new(name).ok());
    let Some((name, context)) = asked.and_then(|name| named.get_key_value(&name)) else {
        return Err(SniError::NOACK);
    };
    ssl.set_ssl_context(context)
        .map_err(|_| SniError::ALERT_FATAL)?;
    if let Some(shared) = shared_of(ssl)
        && let Ok(mut shared) = shared.lock()
    {
        shared.server_name = Some(name.clone());
    }
    Ok(())
}

/// Those of RFC 8446 §B.4 with keys of 128 bits, like the suites of LwM2M.
const TLS_1_3_SUITES: &str =
    "TLS_AES_128_CCM_8_SHA256:TLS_AES_128_CCM_SHA256:TLS_AES_128_GCM_SHA256";

/// The certificate and key to prove ourselves with.
fn show(context: &mut SslContextBuilder, key: &ServerKey) -> Result<(), SetupError> {
    let mut chain = key.chain.iter().enumerate().map(|(at, der)| {
        let unreadable = |_| SetupError::Certificate { at: at + 1 };
        X509::from_der(der).map_err(unreadable)
    });
    let leaf = chain.next().ok_or(SetupError::Certificate { at: 1 })??;
    context.set_certificate(&leaf)?;
    for issuer in chain {
        context.add_extra_chain_cert(issuer?)?;
    }
    let private = private_key(key)?;
    if !leaf.public_key()?.public_eq(&private) {
        return Err(SetupError::KeyMismatch);
    }
    context.set_private_key(&private)?;
    Ok(())
}

fn private_key(key: &ServerKey) -> Result<PKey<Private>, SetupError> {
    let private = PKey::private_key_from_pkcs8(key.private_key.expose())
        .map_err(|_| SetupError::PrivateKey)?;
    let curve = private.ec_key().map(|key| key.group().curve_name());
    match curve {
        Ok(Some(openssl::nid::Nid::X9_62_PRIME256V1)) => Ok(private),
        _ => Err(SetupError::PrivateKey),
    }
}

fn believe(
    context: &mut SslContextBuilder,
    keyring: &Keyring,
    more: SslVerifyMode,
) -> Result<(), SetupError> {
    context.set_verify_cert_store(store(keyring)?)?;
    context.set_verify_callback(SslVerifyMode::PEER | more, verify::judge);
    Ok(())
}

/// The trust anchors, each of which may be an intermediate or the peer's own certificate.
fn store(keyring: &Keyring) -> Result<X509Store, SetupError> {
    let mut store = X509StoreBuilder::new()?;
    store.set_flags(X509VerifyFlags::PARTIAL_CHAIN)?;
    for (at, der) in keyring.anchors().iter().enumerate() {
        let anchor = X509::from_der(der).map_err(|_| SetupError::Certificate { at: at + 1 })?;
        store.add_cert(anchor)?;
    }
    Ok(store.build())
}

fn accept_types(context: &mut SslContextBuilder, types: &[u8]) -> Result<(), SetupError> {
    match ffi::set_certificate_types(context, types) {
        true => Ok(()),
        false => Err(ErrorStack::get().into()),
    }
}

/// The session that the guard found for this hello, if the client names it.
fn look_up_session(ssl: &mut SslRef, id: &[u8]) -> Option<SslSession> {
    let shared = shared_of(ssl)?;
    let shared = shared.lock().ok()?;
    let session = SslSession::from_der(shared.session.as_ref()?.expose()).ok()?;
    (session.id() == id).then_some(session)
}

/// The body of our connection_id extension (RFC 9146 §3): a client offers, a server
/// answers an offer.
fn own_cid(ssl: &SslRef, context: ExtensionContext) -> Option<Vec<u8>> {
    let shared = shared_of(ssl)?;
    let shared = shared.lock().ok()?;
    let cid = shared.own_cid.as_ref()?;
    let answers = context.contains(ExtensionContext::TLS1_2_SERVER_HELLO);
    if answers && shared.peer_cid.is_none() {
        return None;
    }
    let len = u8::try_from(cid.len()).ok()?;
    Some([&[len], &**cid].concat())
}

fn peer_cid(ssl: &SslRef, body: &[u8]) -> Result<(), SslAlert> {
    match body.split_first() {
        Some((len, cid)) if usize::from(*len) == cid.len() => {
            let shared = shared_of(ssl).ok_or(SslAlert::INTERNAL_ERROR)?;
            let mut shared = shared.lock().map_err(|_| SslAlert::INTERNAL_ERROR)?;
            shared.peer_cid = Some(cid.into());
            Ok(())
        }
        _ => Err(SslAlert::DECODE_ERROR),
    }
}
