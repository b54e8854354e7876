"""Fields that Stripe's objects also have and that say nothing in the sandbox: null, each of them.

Names from Stripe's published fixtures (github.com/stripe/openapi, fixtures3 of 2026-08, MIT).
"""

from __future__ import annotations

NULL_FIELDS: dict[str, tuple[str, ...]] = {
    "payment_link": (
        "application", "application_fee_percent", "managed_payments", "on_behalf_of",
        "payment_method_options", "shipping_options",
    ),
    "checkout_session": (
        "adaptive_pricing", "after_expiration", "allow_promotion_codes", "automatic_tax",
        "billing_address_collection", "client_secret", "collected_information", "consent",
        "consent_collection", "currency_conversion", "custom_text", "customer_account", "discounts",
        "integration_identifier", "invoice_creation", "locale", "managed_payments",
        "origin_context", "payment_method_collection", "payment_method_configuration_details",
        "payment_method_options", "permissions", "phone_number_collection", "recovered_from",
        "saved_payment_method_options", "setup_intent", "shipping_address_collection",
        "shipping_cost", "shipping_options", "subscription", "ui_mode", "wallet_options",
    ),
    "customer": ("discount", "invoice_settings", "next_invoice_sequence", "test_clock"),
    "payment_intent": (
        "amount_details", "application", "application_fee_amount", "customer_account",
        "excluded_payment_method_types", "managed_payments", "on_behalf_of",
        "payment_method_configuration_details", "payment_method_options", "processing",
        "setup_future_usage", "source", "statement_descriptor_suffix", "transfer_data",
        "transfer_group",
    ),
    "charge": (
        "application", "application_fee", "on_behalf_of", "source", "statement_descriptor_suffix",
        "transfer_data",
    ),
    "refund": ("customer_account",),
    "dispute": ("enhanced_eligibility_types",),
    "payout": ("payout_method",),
}  # fmt: skip
