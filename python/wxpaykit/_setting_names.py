# Written by `cargo xtask gen` from the table of settings; edit the table instead.
"""The names of the settings, apart from their types, whose import takes longer than all the rest."""

NAMES = (
    "appid",
    "mch_id",
    "api_key",
    "app_secret",
    "corp_secret",
    "agent_id",
    "corp_pay_secret",
    "notify_url",
    "sign_type",
    "accept_sign_types",
    "fee_type",
    "client_cert",
    "client_key",
    "client_p12",
    "client_p12_password",
    "client_cert_serial",
    "api_v3_key",
    "platform_public_key",
    "platform_public_key_id",
    "sub_appid",
    "sub_mch_id",
    "timeout",
    "connect_timeout",
    "max_connections",
    "max_network_retries",
    "endpoints",
    "allow_insecure_endpoints",
    "lease",
    "store",
    "on_event",
)
SECRETS = (
    "api_key",
    "app_secret",
    "corp_secret",
    "corp_pay_secret",
    "client_p12_password",
    "api_v3_key",
)
CREDENTIALS = (
    "client_cert",
    "client_key",
    "client_p12",
    "platform_public_key",
)
