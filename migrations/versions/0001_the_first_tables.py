"""the first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0001'
down_revision = None


# What is allocated never exceeds its payment or its pledge.
GUARD = """
create function allocation_guard() returns trigger language plpgsql as $$
begin
    if exists (
        select 1 from allocation a
        join (select distinct charge_id from fresh) f using (charge_id)
        join stripe_charge c on c.id = a.charge_id
        group by a.charge_id, c.captured_cents having sum(a.amount_cents) > c.captured_cents
    ) then
        raise exception 'a payment is allocated beyond its amount' using errcode = '23514';
    end if;
    if exists (
        select 1 from allocation a
        join (select distinct pledge_id from fresh) f using (pledge_id)
        join pledge p on p.id = a.pledge_id
        group by a.pledge_id, p.amount_cents having sum(a.amount_cents) > p.amount_cents
    ) then
        raise exception 'a pledge is paid beyond its amount' using errcode = '23514';
    end if;
    return null;
end $$;
create trigger allocation_guard_insert after insert on allocation
    referencing new table as fresh for each statement execute function allocation_guard();
create trigger allocation_guard_update after update on allocation
    referencing new table as fresh for each statement execute function allocation_guard();
"""


def upgrade() -> None:
    op.create_table('audit_entry',
    sa.Column('id', sa.BigInteger(), nullable=False, comment='Without gaps'),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor', sa.Text(), nullable=False),
    sa.Column('action', sa.Text(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('detail', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('previous_hash', sa.Text(), nullable=False),
    sa.Column('hash', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_entry')),
    sa.UniqueConstraint('hash', name=op.f('uq_audit_entry_hash'))
    )
    op.create_table('balance_snapshot',
    sa.Column('taken_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('available_cents', sa.BigInteger(), nullable=False),
    sa.Column('pending_cents', sa.BigInteger(), nullable=False),
    sa.Column('is_from_the_start', sa.Boolean(), nullable=False, comment='Every ledger row up to here was fetched, none exists before'),
    sa.PrimaryKeyConstraint('taken_at', 'currency', name=op.f('pk_balance_snapshot'))
    )
    op.create_table('book_exception',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False, comment='What it is about: charge:ch_…, payout:po_…'),
    sa.Column('amount_cents', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.Text(), server_default='usd', nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('proposal', postgresql.JSONB(astext_type=sa.Text()), server_default='{}', nullable=False),
    sa.Column('opened_on', sa.Date(), nullable=False),
    sa.Column('owner', sa.Text(), nullable=True),
    sa.Column('status', sa.Text(), nullable=False, comment='open or resolved'),
    sa.Column('resolution', sa.Text(), nullable=True),
    sa.Column('because', sa.Text(), nullable=True),
    sa.Column('resolved_by', sa.Text(), nullable=True),
    sa.Column('resolved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('before', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('after', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_book_exception')),
    sa.UniqueConstraint('kind', 'subject', name=op.f('uq_book_exception_kind_subject'))
    )
    op.create_index('ix_book_exception_status', 'book_exception', ['status'], unique=False)
    op.create_table('campaign_day_stage',
    sa.Column('campaign_code', sa.Text(), nullable=False),
    sa.Column('on_day', sa.Date(), nullable=False),
    sa.Column('stage', sa.Text(), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seconds', sa.Float(), nullable=False, comment='How long it took'),
    sa.PrimaryKeyConstraint('campaign_code', 'on_day', 'stage', name=op.f('pk_campaign_day_stage'))
    )
    op.create_table('committee',
    sa.Column('id', sa.BigInteger(), nullable=False),
    sa.Column('code', sa.String(length=64), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False, comment='candidate, pac, party or nonprofit'),
    sa.Column('fec_id', sa.Text(), nullable=True),
    sa.Column('ein', sa.Text(), nullable=True, comment='Of a nonprofit'),
    sa.Column('candidate_name', sa.Text(), nullable=True),
    sa.Column('candidate_fec_id', sa.Text(), nullable=True),
    sa.Column('office', sa.Text(), nullable=True, comment='H, S or P'),
    sa.Column('state', sa.Text(), nullable=True),
    sa.Column('district', sa.Text(), nullable=True),
    sa.Column('treasurer_name', sa.Text(), nullable=True),
    sa.Column('treasurer_email', sa.Text(), nullable=True),
    sa.Column('street', sa.Text(), nullable=True),
    sa.Column('city', sa.Text(), nullable=True),
    sa.Column('postal_code', sa.Text(), nullable=True),
    sa.Column('phone', sa.Text(), nullable=True),
    sa.Column('email', sa.Text(), nullable=True),
    sa.Column('paid_for_by', sa.Text(), nullable=True),
    sa.Column('timezone', sa.Text(), nullable=False),
    sa.Column('currency', sa.String(length=3), server_default='usd', nullable=False),
    sa.Column('is_default', sa.Boolean(), nullable=False, comment='No campaign file was applied yet'),
    sa.CheckConstraint('id = 1', name=op.f('ck_committee_only_one')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_committee')),
    sa.UniqueConstraint('code', name=op.f('uq_committee_code'))
    )
    op.create_table('election',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('code', sa.String(length=64), nullable=False, comment="As on the FEC's forms: P2026, G2026"),
    sa.Column('kind', sa.Text(), nullable=False, comment='primary, general, runoff, special …'),
    sa.Column('held_on', sa.Date(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_election')),
    sa.UniqueConstraint('code', name=op.f('uq_election_code'))
    )
    op.create_table('household',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('key', sa.Text(), nullable=False, comment='What makes it one: address and name'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_household')),
    sa.UniqueConstraint('key', name=op.f('uq_household_key'))
    )
    op.create_table('letter',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('subject_key', sa.Text(), nullable=False, comment='What it is about: pledge:12, payment:ch_…'),
    sa.Column('number', sa.Integer(), nullable=False, comment='1 is the first of its kind'),
    sa.Column('donor_id', sa.BigInteger(), nullable=True),
    sa.Column('channel', sa.Text(), nullable=False, comment='email, sms or paper'),
    sa.Column('status', sa.Text(), nullable=False, comment='queued, sent, failed'),
    sa.Column('path', sa.Text(), nullable=True),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('detail', postgresql.JSONB(astext_type=sa.Text()), server_default='{}', nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_letter')),
    sa.UniqueConstraint('kind', 'subject_key', 'number', name=op.f('uq_letter_kind_subject_key_number'))
    )
    op.create_table('notice',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('key', sa.Text(), nullable=False, comment='One notice an event'),
    sa.Column('permission', sa.Text(), nullable=False, comment='Who is told'),
    sa.Column('kind', sa.Text(), nullable=False, comment='flow_failed, list_stopped, unexplained, notice_48h'),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('link', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_by', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notice')),
    sa.UniqueConstraint('key', name=op.f('uq_notice_key'))
    )
    op.create_table('reconciliation',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('first_day', sa.Date(), nullable=False),
    sa.Column('last_day', sa.Date(), nullable=False),
    sa.Column('input_hash', sa.Text(), nullable=False),
    sa.Column('output_hash', sa.Text(), nullable=False),
    sa.Column('result', postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment='Totals and invariants, no person'),
    sa.Column('ran_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reconciliation'))
    )
    op.create_table('report',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('code', sa.Text(), nullable=False, comment='TR-2026-10-01-2026-10-31-1'),
    sa.Column('kind', sa.Text(), nullable=False, comment='treasurer, fec_f3, fec_f3x, fec_f6 …'),
    sa.Column('first_day', sa.Date(), nullable=False),
    sa.Column('last_day', sa.Date(), nullable=False),
    sa.Column('edition', sa.Integer(), nullable=False),
    sa.Column('folder', sa.Text(), nullable=False),
    sa.Column('files', postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment='Name, bytes and SHA-256 of each'),
    sa.Column('figures', postgresql.JSONB(astext_type=sa.Text()), server_default='{}', nullable=False),
    sa.Column('input_hash', sa.Text(), nullable=False),
    sa.Column('status', sa.Text(), nullable=False, comment='draft, submitted, signed, replaced'),
    sa.Column('prepared_by', sa.Text(), nullable=False),
    sa.Column('prepared_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('signed_by', sa.Text(), nullable=True),
    sa.Column('signed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('signature', sa.Text(), nullable=True),
    sa.Column('submitted_by', sa.Text(), nullable=True),
    sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('detail', postgresql.JSONB(astext_type=sa.Text()), server_default='{}', nullable=False, comment='Form and code of a filing, checks, what changed since'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_report')),
    sa.UniqueConstraint('code', name=op.f('uq_report_code')),
    sa.UniqueConstraint('kind', 'first_day', 'last_day', 'edition', name=op.f('uq_report_kind_first_day_last_day_edition'))
    )
    op.create_table('rule_proposal',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('name', sa.Text(), nullable=False, comment='The table: contribution_limits'),
    sa.Column('row', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('status', sa.Text(), nullable=False),
    sa.Column('proposed_by', sa.Text(), nullable=False),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_by', sa.Text(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("status in ('proposed', 'accepted', 'refused')", name=op.f('ck_rule_proposal_status')),
    sa.CheckConstraint('decided_by is distinct from proposed_by', name=op.f('ck_rule_proposal_second_person')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_rule_proposal'))
    )
    op.create_table('script',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('code', sa.String(length=64), nullable=False),
    sa.Column('language', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False, comment='fundraising, survey, get_out_the_vote'),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('questions', postgresql.JSONB(astext_type=sa.Text()), server_default='[]', nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_script')),
    sa.UniqueConstraint('code', 'language', 'version', name=op.f('uq_script_code_language_version'))
    )
    op.create_table('signin_failure',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('place', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_signin_failure'))
    )
    op.create_index('ix_signin_failure_place_at', 'signin_failure', ['place', 'at'], unique=False)
    op.create_table('stripe_balance_transaction',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('type', sa.Text(), nullable=False),
    sa.Column('reporting_category', sa.Text(), nullable=False),
    sa.Column('status', sa.Text(), nullable=False),
    sa.Column('amount_cents', sa.BigInteger(), nullable=False),
    sa.Column('fee_cents', sa.BigInteger(), nullable=False),
    sa.Column('net_cents', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('source', sa.Text(), nullable=True),
    sa.Column('payout', sa.Text(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('available_on', sa.DateTime(timezone=True), nullable=False),
    sa.Column('raw', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('fetched_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stripe_balance_transaction'))
    )
    op.create_index('ix_stripe_balance_transaction_created_at', 'stripe_balance_transaction', ['created_at'], unique=False)
    op.create_index(op.f('ix_stripe_balance_transaction_payout'), 'stripe_balance_transaction', ['payout'], unique=False)
    op.create_index(op.f('ix_stripe_balance_transaction_source'), 'stripe_balance_transaction', ['source'], unique=False)
    op.create_table('stripe_charge',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('payment_intent', sa.Text(), nullable=True),
    sa.Column('customer', sa.Text(), nullable=True),
    sa.Column('balance_transaction', sa.Text(), nullable=True),
    sa.Column('status', sa.Text(), nullable=False),
    sa.Column('amount_cents', sa.BigInteger(), nullable=False),
    sa.Column('captured_cents', sa.BigInteger(), nullable=False),
    sa.Column('refunded_cents', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('pledge_ref', sa.Text(), nullable=True, comment='metadata.pledge_ref as it came'),
    sa.Column('payer_name', sa.Text(), nullable=True),
    sa.Column('payer_email', sa.Text(), nullable=True),
    sa.Column('payer_phone', sa.Text(), nullable=True),
    sa.Column('postal_code', sa.Text(), nullable=True),
    sa.Column('payer_address', postgresql.JSONB(astext_type=sa.Text()), server_default='{}', nullable=False),
    sa.Column('method', sa.Text(), nullable=True, comment='card, us_bank_account …'),
    sa.Column('card_fingerprint', sa.Text(), nullable=True),
    sa.Column('card_country', sa.Text(), nullable=True),
    sa.Column('raw', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('fetched_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stripe_charge'))
    )
    op.create_index('ix_stripe_charge_created_at', 'stripe_charge', ['created_at'], unique=False)
    op.create_index(op.f('ix_stripe_charge_payment_intent'), 'stripe_charge', ['payment_intent'], unique=False)
    op.create_table('stripe_dispute',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('charge', sa.Text(), nullable=True),
    sa.Column('status', sa.Text(), nullable=False),
    sa.Column('amount_cents', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('raw', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('fetched_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stripe_dispute'))
    )
    op.create_index(op.f('ix_stripe_dispute_charge'), 'stripe_dispute', ['charge'], unique=False)
    op.create_table('stripe_hint',
    sa.Column('event', sa.Text(), nullable=False, comment='An event counts once'),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('followed_at', sa.DateTime(timezone=True), nullable=True, comment='When it was fetched'),
    sa.PrimaryKeyConstraint('event', name=op.f('pk_stripe_hint'))
    )
    op.create_table('stripe_object',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False, comment="Stripe's own word: payment_intent …"),
    sa.Column('links_to', sa.Text(), nullable=True, comment='The payment intent it is for'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('raw', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('fetched_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stripe_object'))
    )
    op.create_index(op.f('ix_stripe_object_links_to'), 'stripe_object', ['links_to'], unique=False)
    op.create_table('stripe_payout',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('status', sa.Text(), nullable=False),
    sa.Column('amount_cents', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('is_automatic', sa.Boolean(), nullable=False),
    sa.Column('method', sa.Text(), nullable=True),
    sa.Column('reconciliation_status', sa.Text(), nullable=True),
    sa.Column('arrives_on', sa.Date(), nullable=False),
    sa.Column('balance_transaction', sa.Text(), nullable=True),
    sa.Column('failure_balance_transaction', sa.Text(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('raw', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('fetched_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stripe_payout'))
    )
    op.create_table('stripe_refund',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('charge', sa.Text(), nullable=True),
    sa.Column('status', sa.Text(), nullable=False),
    sa.Column('amount_cents', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('balance_transaction', sa.Text(), nullable=True),
    sa.Column('failure_balance_transaction', sa.Text(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('raw', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('fetched_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stripe_refund'))
    )
    op.create_index(op.f('ix_stripe_refund_charge'), 'stripe_refund', ['charge'], unique=False)
    op.create_table('stripe_report_total',
    sa.Column('first_day', sa.Date(), nullable=False),
    sa.Column('last_day', sa.Date(), nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('category', sa.Text(), nullable=False),
    sa.Column('net_cents', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('first_day', 'last_day', 'currency', 'category', name=op.f('pk_stripe_report_total'))
    )
    op.create_table('sync_window',
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('rows', sa.Integer(), nullable=False),
    sa.Column('fetched_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('is_open', sa.Boolean(), server_default='false', nullable=False, comment='Part of a sync that is not finished: it is resumed'),
    sa.PrimaryKeyConstraint('kind', 'starts_at', name=op.f('pk_sync_window'))
    )
    op.create_table('team',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('code', sa.String(length=64), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False, comment='in_house, onshore or offshore'),
    sa.Column('country', sa.Text(), server_default='US', nullable=False),
    sa.Column('timezone', sa.Text(), nullable=False),
    sa.Column('languages', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('hours', postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment='Working hours by weekday'),
    sa.Column('daily_capacity', sa.Integer(), nullable=False, comment='Attempts a day'),
    sa.Column('cost_model', sa.Text(), nullable=False, comment='per_call, per_hour or percentage'),
    sa.Column('cost_cents', sa.BigInteger(), nullable=False, comment='A call or an hour'),
    sa.Column('cost_basis_points', sa.Integer(), nullable=False, comment='Of settled money; 100 is one percent'),
    sa.Column('calls_per_hour', sa.Integer(), server_default='20', nullable=False),
    sa.Column('contract_from', sa.Date(), nullable=True),
    sa.Column('contract_to', sa.Date(), nullable=True),
    sa.Column('data_sharing_from', sa.Date(), nullable=True),
    sa.Column('data_sharing_to', sa.Date(), nullable=True),
    sa.Column('fair_conditions_on', sa.Date(), nullable=True, comment='Attestation received'),
    sa.Column('age_recipient', sa.Text(), nullable=True, comment='Public key that packets are sealed for'),
    sa.Column('settings', postgresql.JSONB(astext_type=sa.Text()), server_default='{}', nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_team')),
    sa.UniqueConstraint('code', name=op.f('uq_team_code'))
    )
    op.create_table('agent',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('team_id', sa.BigInteger(), nullable=False),
    sa.Column('code', sa.String(length=64), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('languages', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('certified', postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment='Campaign code → last day it holds'),
    sa.Column('disabled_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['team_id'], ['team.id'], name=op.f('fk_agent_team_id_team')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_agent')),
    sa.UniqueConstraint('team_id', 'code', name=op.f('uq_agent_team_id_code'))
    )
    op.create_table('bank_line',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('key', sa.Text(), nullable=False, comment='Day, amount, text and its count that day'),
    sa.Column('booked_on', sa.Date(), nullable=False),
    sa.Column('amount_cents', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.Text(), server_default='usd', nullable=False),
    sa.Column('description', sa.Text(), nullable=False),
    sa.Column('reference', sa.Text(), nullable=True),
    sa.Column('file_sha256', sa.Text(), nullable=False),
    sa.Column('payout', sa.Text(), nullable=True),
    sa.Column('imported_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('account', sa.Text(), server_default='main', nullable=False),
    sa.Column('opened', sa.BigInteger(), nullable=True, comment='Balance before the line, where told'),
    sa.ForeignKeyConstraint(['payout'], ['stripe_payout.id'], name=op.f('fk_bank_line_payout_stripe_payout')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bank_line')),
    sa.UniqueConstraint('key', name=op.f('uq_bank_line_key'))
    )
    op.create_index(op.f('ix_bank_line_payout'), 'bank_line', ['payout'], unique=False)
    op.create_table('campaign',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('code', sa.String(length=64), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('election_id', sa.BigInteger(), nullable=True),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('goal_cents', sa.BigInteger(), nullable=False),
    sa.Column('script_code', sa.Text(), nullable=True),
    sa.Column('policy', postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment='Floors, caps, attempt caps, hours'),
    sa.Column('quality', postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment='Thresholds of the list gate'),
    sa.Column('settings', postgresql.JSONB(astext_type=sa.Text()), server_default='{}', nullable=False),
    sa.Column('file_sha256', sa.Text(), nullable=True, comment='Of the campaign file last applied'),
    sa.ForeignKeyConstraint(['election_id'], ['election.id'], name=op.f('fk_campaign_election_id_election')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_campaign')),
    sa.UniqueConstraint('code', name=op.f('uq_campaign_code'))
    )
    op.create_table('donor',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('first_name', sa.Text(), nullable=True),
    sa.Column('middle_name', sa.Text(), nullable=True),
    sa.Column('last_name', sa.Text(), nullable=True),
    sa.Column('suffix', sa.Text(), nullable=True),
    sa.Column('phone_e164', sa.Text(), nullable=True),
    sa.Column('line_type', sa.Text(), nullable=True),
    sa.Column('email', sa.Text(), nullable=True),
    sa.Column('street', sa.Text(), nullable=True),
    sa.Column('city', sa.Text(), nullable=True),
    sa.Column('state', sa.Text(), nullable=True),
    sa.Column('postal_code', sa.Text(), nullable=True),
    sa.Column('country', sa.Text(), nullable=True),
    sa.Column('county', sa.Text(), nullable=True),
    sa.Column('timezone', sa.Text(), nullable=True, comment='At the address'),
    sa.Column('phone_timezone', sa.Text(), nullable=True, comment='Of the number'),
    sa.Column('birth_date', sa.Date(), nullable=True),
    sa.Column('birth_year', sa.Integer(), nullable=True),
    sa.Column('gender', sa.Text(), nullable=True),
    sa.Column('language', sa.Text(), server_default='en', nullable=False),
    sa.Column('occupation', sa.Text(), nullable=True),
    sa.Column('employer', sa.Text(), nullable=True),
    sa.Column('household_id', sa.BigInteger(), nullable=True),
    sa.Column('status', sa.Text(), server_default='active', nullable=False, comment='active, held, suppressed, deceased, merged'),
    sa.Column('status_reason', sa.Text(), nullable=True),
    sa.Column('provenance', postgresql.JSONB(astext_type=sa.Text()), server_default='[]', nullable=False, comment='Kinds of the lists that the person stands on'),
    sa.Column('consent', postgresql.JSONB(astext_type=sa.Text()), server_default='{}', nullable=False, comment='By channel'),
    sa.Column('first_batch_id', sa.BigInteger(), nullable=True),
    sa.Column('merged_into_id', sa.BigInteger(), nullable=True, comment='Who the person turned out to be'),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['household_id'], ['household.id'], name=op.f('fk_donor_household_id_household')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_donor'))
    )
    op.create_index(op.f('ix_donor_email'), 'donor', ['email'], unique=False)
    op.create_index('ix_donor_household_id', 'donor', ['household_id'], unique=False, postgresql_where=sa.text('household_id is not null'))
    op.create_index(op.f('ix_donor_phone_e164'), 'donor', ['phone_e164'], unique=False)
    op.create_table('payout_row',
    sa.Column('payout', sa.Text(), nullable=False),
    sa.Column('balance_transaction', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['payout'], ['stripe_payout.id'], name=op.f('fk_payout_row_payout_stripe_payout')),
    sa.PrimaryKeyConstraint('payout', 'balance_transaction', name=op.f('pk_payout_row'))
    )
    op.create_index(op.f('ix_payout_row_balance_transaction'), 'payout_row', ['balance_transaction'], unique=False)
    op.create_table('result_file',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('team_id', sa.BigInteger(), nullable=False),
    sa.Column('file_name', sa.Text(), nullable=False),
    sa.Column('file_sha256', sa.Text(), nullable=False),
    sa.Column('rows_read', sa.Integer(), nullable=False),
    sa.Column('recorded', sa.Integer(), nullable=False),
    sa.Column('repeated', sa.Integer(), nullable=False),
    sa.Column('exceptions', sa.Integer(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('rows_read = recorded + repeated + exceptions', name=op.f('ck_result_file_every_row_accounted_for')),
    sa.ForeignKeyConstraint(['team_id'], ['team.id'], name=op.f('fk_result_file_team_id_team')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_result_file'))
    )
    op.create_table('app_user',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('email', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('roles', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('team_id', sa.BigInteger(), nullable=True),
    sa.Column('agent_id', sa.BigInteger(), nullable=True),
    sa.Column('password_hash', sa.Text(), nullable=True),
    sa.Column('totp_secret', sa.Text(), nullable=True),
    sa.Column('totp_confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('totp_last_step', sa.BigInteger(), nullable=True, comment='A code is good for one use'),
    sa.Column('failed_signins', sa.Integer(), server_default='0', nullable=False),
    sa.Column('locked_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('oidc_subject', sa.Text(), nullable=True, comment='issuer and subject'),
    sa.Column('disabled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['agent_id'], ['agent.id'], name=op.f('fk_app_user_agent_id_agent')),
    sa.ForeignKeyConstraint(['team_id'], ['team.id'], name=op.f('fk_app_user_team_id_team')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_app_user')),
    sa.UniqueConstraint('email', name=op.f('uq_app_user_email')),
    sa.UniqueConstraint('oidc_subject', name=op.f('uq_app_user_oidc_subject'))
    )
    op.create_table('call_pin',
    sa.Column('campaign_id', sa.BigInteger(), nullable=False),
    sa.Column('donor_id', sa.BigInteger(), nullable=False),
    sa.Column('team_id', sa.BigInteger(), nullable=False),
    sa.Column('pinned_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaign.id'], name=op.f('fk_call_pin_campaign_id_campaign')),
    sa.ForeignKeyConstraint(['donor_id'], ['donor.id'], name=op.f('fk_call_pin_donor_id_donor')),
    sa.ForeignKeyConstraint(['team_id'], ['team.id'], name=op.f('fk_call_pin_team_id_team')),
    sa.PrimaryKeyConstraint('campaign_id', 'donor_id', name=op.f('pk_call_pin'))
    )
    op.create_table('campaign_team',
    sa.Column('campaign_id', sa.BigInteger(), nullable=False),
    sa.Column('team_id', sa.BigInteger(), nullable=False),
    sa.Column('daily_capacity', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaign.id'], name=op.f('fk_campaign_team_campaign_id_campaign')),
    sa.ForeignKeyConstraint(['team_id'], ['team.id'], name=op.f('fk_campaign_team_team_id_team')),
    sa.PrimaryKeyConstraint('campaign_id', 'team_id', name=op.f('pk_campaign_team'))
    )
    op.create_table('donor_address',
    sa.Column('donor_id', sa.BigInteger(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False, comment='Street, ZIP and country, normalised'),
    sa.Column('street', sa.Text(), nullable=True),
    sa.Column('city', sa.Text(), nullable=True),
    sa.Column('state', sa.Text(), nullable=True),
    sa.Column('postal_code', sa.Text(), nullable=True),
    sa.Column('country', sa.Text(), nullable=True),
    sa.Column('batch_id', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['donor_id'], ['donor.id'], name=op.f('fk_donor_address_donor_id_donor')),
    sa.PrimaryKeyConstraint('donor_id', 'key', name=op.f('pk_donor_address'))
    )
    op.create_table('donor_email',
    sa.Column('donor_id', sa.BigInteger(), nullable=False),
    sa.Column('email', sa.Text(), nullable=False),
    sa.Column('batch_id', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['donor_id'], ['donor.id'], name=op.f('fk_donor_email_donor_id_donor')),
    sa.PrimaryKeyConstraint('donor_id', 'email', name=op.f('pk_donor_email'))
    )
    op.create_index(op.f('ix_donor_email_email'), 'donor_email', ['email'], unique=False)
    op.create_table('donor_external_id',
    sa.Column('space', sa.Text(), nullable=False, comment="The system, or the list's source"),
    sa.Column('external_id', sa.Text(), nullable=False),
    sa.Column('donor_id', sa.BigInteger(), nullable=False),
    sa.Column('batch_id', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['donor_id'], ['donor.id'], name=op.f('fk_donor_external_id_donor_id_donor')),
    sa.PrimaryKeyConstraint('space', 'external_id', 'donor_id', name=op.f('pk_donor_external_id'))
    )
    op.create_table('donor_merge',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('kept_id', sa.BigInteger(), nullable=False),
    sa.Column('gone_id', sa.BigInteger(), nullable=False),
    sa.Column('rule', sa.Text(), nullable=False),
    sa.Column('evidence', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('batch_id', sa.BigInteger(), nullable=True),
    sa.Column('merged_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('undone_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['gone_id'], ['donor.id'], name=op.f('fk_donor_merge_gone_id_donor')),
    sa.ForeignKeyConstraint(['kept_id'], ['donor.id'], name=op.f('fk_donor_merge_kept_id_donor')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_donor_merge'))
    )
    op.create_index(op.f('ix_donor_merge_gone_id'), 'donor_merge', ['gone_id'], unique=False)
    op.create_index(op.f('ix_donor_merge_kept_id'), 'donor_merge', ['kept_id'], unique=False)
    op.create_table('donor_pair',
    sa.Column('first_id', sa.BigInteger(), nullable=False),
    sa.Column('second_id', sa.BigInteger(), nullable=False),
    sa.Column('status', sa.Text(), nullable=False, comment='waiting, merged, not_same'),
    sa.Column('probability', sa.Double(), nullable=False),
    sa.Column('evidence', postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment='Which fields agree, by rule'),
    sa.Column('batch_id', sa.BigInteger(), nullable=True),
    sa.Column('decided_by', sa.Text(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('first_id < second_id', name=op.f('ck_donor_pair_ordered')),
    sa.ForeignKeyConstraint(['first_id'], ['donor.id'], name=op.f('fk_donor_pair_first_id_donor')),
    sa.ForeignKeyConstraint(['second_id'], ['donor.id'], name=op.f('fk_donor_pair_second_id_donor')),
    sa.PrimaryKeyConstraint('first_id', 'second_id', name=op.f('pk_donor_pair'))
    )
    op.create_table('donor_phone',
    sa.Column('donor_id', sa.BigInteger(), nullable=False),
    sa.Column('phone_e164', sa.Text(), nullable=False),
    sa.Column('line_type', sa.Text(), nullable=True),
    sa.Column('batch_id', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['donor_id'], ['donor.id'], name=op.f('fk_donor_phone_donor_id_donor')),
    sa.PrimaryKeyConstraint('donor_id', 'phone_e164', name=op.f('pk_donor_phone'))
    )
    op.create_index(op.f('ix_donor_phone_phone_e164'), 'donor_phone', ['phone_e164'], unique=False)
    op.create_table('list_batch',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('source', sa.String(length=64), nullable=False),
    sa.Column('campaign_id', sa.BigInteger(), nullable=True),
    sa.Column('file_name', sa.Text(), nullable=False),
    sa.Column('file_sha256', sa.Text(), nullable=False),
    sa.Column('format', sa.Text(), nullable=False),
    sa.Column('mapping', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('provenance', postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment='Kind, consent, permitted uses'),
    sa.Column('status', sa.Text(), nullable=False, comment='staged, admitted, stopped or undone'),
    sa.Column('rows_read', sa.Integer(), server_default='0', nullable=False),
    sa.Column('imported', sa.Integer(), server_default='0', nullable=False),
    sa.Column('merged', sa.Integer(), server_default='0', nullable=False),
    sa.Column('unchanged', sa.Integer(), server_default='0', nullable=False),
    sa.Column('quarantined', sa.Integer(), server_default='0', nullable=False),
    sa.Column('quality', postgresql.JSONB(astext_type=sa.Text()), server_default='{}', nullable=False),
    sa.Column('rejects_file', sa.Text(), nullable=True),
    sa.Column('continues_batch_id', sa.BigInteger(), nullable=True, comment='The batch whose rejected rows these are, mended'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('admitted_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("status not in ('admitted', 'stopped') or rows_read = imported + merged + unchanged + quarantined", name=op.f('ck_list_batch_every_row_accounted_for')),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaign.id'], name=op.f('fk_list_batch_campaign_id_campaign')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_list_batch'))
    )
    op.create_index('uq_list_batch_current_file', 'list_batch', ['file_sha256', 'source'], unique=True, postgresql_where=sa.text("status in ('staged', 'admitted')"))
    op.create_table('packet',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('code', sa.String(length=64), nullable=False),
    sa.Column('campaign_id', sa.BigInteger(), nullable=False),
    sa.Column('team_id', sa.BigInteger(), nullable=False),
    sa.Column('rows', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.Text(), nullable=False),
    sa.Column('path', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('status', sa.Text(), nullable=False, comment='out, returned, expired'),
    sa.Column('language', sa.Text(), server_default='en', nullable=False),
    sa.Column('controls', sa.Integer(), server_default='0', nullable=False, comment='Control records among rows'),
    sa.Column('deletion_asked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('deletion_certified_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaign.id'], name=op.f('fk_packet_campaign_id_campaign')),
    sa.ForeignKeyConstraint(['team_id'], ['team.id'], name=op.f('fk_packet_team_id_team')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_packet')),
    sa.UniqueConstraint('code', name=op.f('uq_packet_code'))
    )
    op.create_table('plan',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('campaign_id', sa.BigInteger(), nullable=False),
    sa.Column('on_day', sa.Date(), nullable=False),
    sa.Column('status', sa.Text(), nullable=False, comment='draft, approved, published or replaced'),
    sa.Column('objective_cents', sa.BigInteger(), nullable=False),
    sa.Column('summary', postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment='As calls allocate --json prints it'),
    sa.Column('input_hash', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('approved_by', sa.Text(), nullable=True),
    sa.Column('approved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaign.id'], name=op.f('fk_plan_campaign_id_campaign')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_plan'))
    )
    op.create_table('remedy',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('charge_id', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False, comment='redesignation or reattribution'),
    sa.Column('amount_cents', sa.BigInteger(), nullable=False),
    sa.Column('to_election', sa.Text(), nullable=True),
    sa.Column('to_donor_id', sa.BigInteger(), nullable=True),
    sa.Column('decided_on', sa.Date(), nullable=False),
    sa.Column('decided_by', sa.Text(), nullable=False),
    sa.Column('because', sa.Text(), nullable=False, comment="Where the giver's signed letter is kept"),
    sa.CheckConstraint("kind in ('redesignation', 'reattribution')", name=op.f('ck_remedy_kind')),
    sa.CheckConstraint('amount_cents > 0', name=op.f('ck_remedy_amount_positive')),
    sa.ForeignKeyConstraint(['charge_id'], ['stripe_charge.id'], name=op.f('fk_remedy_charge_id_stripe_charge')),
    sa.ForeignKeyConstraint(['to_donor_id'], ['donor.id'], name=op.f('fk_remedy_to_donor_id_donor')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_remedy'))
    )
    op.create_index(op.f('ix_remedy_charge_id'), 'remedy', ['charge_id'], unique=False)
    op.create_table('result_exception',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('team_id', sa.BigInteger(), nullable=False),
    sa.Column('result_file_id', sa.BigInteger(), nullable=True),
    sa.Column('source_row', sa.Integer(), nullable=False),
    sa.Column('call_id', sa.Text(), nullable=True),
    sa.Column('packet_row_id', sa.Text(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=False, comment='foreign_row, unknown_code, changed, over_limit …'),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('fingerprint', sa.Text(), nullable=False),
    sa.Column('status', sa.Text(), nullable=False, comment='open or resolved'),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['result_file_id'], ['result_file.id'], name=op.f('fk_result_exception_result_file_id_result_file')),
    sa.ForeignKeyConstraint(['team_id'], ['team.id'], name=op.f('fk_result_exception_team_id_team')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_result_exception')),
    sa.UniqueConstraint('team_id', 'fingerprint', 'kind', name=op.f('uq_result_exception_team_id_fingerprint_kind'))
    )
    op.create_index('ix_result_exception_status', 'result_exception', ['status'], unique=False)
    op.create_table('suppression',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False, comment='opt_out, do_not_call, deceased, litigator'),
    sa.Column('phone_e164', sa.Text(), nullable=True),
    sa.Column('email', sa.Text(), nullable=True),
    sa.Column('donor_id', sa.BigInteger(), nullable=True),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('num_nonnulls(phone_e164, email, donor_id) = 1', name=op.f('ck_suppression_one_subject')),
    sa.ForeignKeyConstraint(['donor_id'], ['donor.id'], name=op.f('fk_suppression_donor_id_donor')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_suppression')),
    sa.UniqueConstraint('kind', 'phone_e164', 'email', 'donor_id', name=op.f('uq_suppression_kind_phone_e164_email_donor_id'), postgresql_nulls_not_distinct=True)
    )
    op.create_index(op.f('ix_suppression_donor_id'), 'suppression', ['donor_id'], unique=False)
    op.create_index(op.f('ix_suppression_email'), 'suppression', ['email'], unique=False)
    op.create_index(op.f('ix_suppression_phone_e164'), 'suppression', ['phone_e164'], unique=False)
    op.create_table('api_token',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('token_hash', sa.Text(), nullable=False),
    sa.Column('user_id', sa.BigInteger(), nullable=False),
    sa.Column('scopes', postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment="Permissions, at most its owner's"),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['app_user.id'], name=op.f('fk_api_token_user_id_app_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_api_token')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_api_token_token_hash'))
    )
    op.create_index(op.f('ix_api_token_user_id'), 'api_token', ['user_id'], unique=False)
    op.create_table('assignment',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('plan_id', sa.BigInteger(), nullable=False),
    sa.Column('campaign_id', sa.BigInteger(), nullable=False),
    sa.Column('donor_id', sa.BigInteger(), nullable=False),
    sa.Column('team_id', sa.BigInteger(), nullable=False),
    sa.Column('status', sa.Text(), nullable=False, comment='planned, open, handed_out, done, withdrawn'),
    sa.Column('priority', sa.Integer(), nullable=False, comment='1 is called first'),
    sa.Column('asks_cents', postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment='The ask ladder, descending'),
    sa.Column('headroom_cents', sa.BigInteger(), nullable=True, comment='Null: no legal limit'),
    sa.Column('window', postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment='When it may be called, in UTC'),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('segment', sa.Text(), nullable=True),
    sa.Column('expected_net_cents', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('packet_id', sa.BigInteger(), nullable=True),
    sa.Column('packet_row_id', sa.Text(), nullable=True, comment='The opaque id in that packet'),
    sa.Column('agent_id', sa.BigInteger(), nullable=True),
    sa.Column('leased_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('callback_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('attempts', sa.Integer(), server_default='0', nullable=False),
    sa.Column('callable_from', sa.DateTime(timezone=True), nullable=True, comment='First legal moment'),
    sa.Column('callable_to', sa.DateTime(timezone=True), nullable=True, comment='Moment after the last legal one'),
    sa.Column('shift', sa.Text(), nullable=True, comment="The team's shift it was planned for"),
    sa.Column('language', sa.Text(), server_default='en', nullable=False),
    sa.Column('is_holdout', sa.Boolean(), server_default='false', nullable=False, comment='Given to a team at random, so that teams can be compared'),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['agent_id'], ['agent.id'], name=op.f('fk_assignment_agent_id_agent')),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaign.id'], name=op.f('fk_assignment_campaign_id_campaign')),
    sa.ForeignKeyConstraint(['donor_id'], ['donor.id'], name=op.f('fk_assignment_donor_id_donor')),
    sa.ForeignKeyConstraint(['packet_id'], ['packet.id'], name=op.f('fk_assignment_packet_id_packet')),
    sa.ForeignKeyConstraint(['plan_id'], ['plan.id'], name=op.f('fk_assignment_plan_id_plan')),
    sa.ForeignKeyConstraint(['team_id'], ['team.id'], name=op.f('fk_assignment_team_id_team')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_assignment')),
    sa.UniqueConstraint('packet_id', 'packet_row_id', name=op.f('uq_assignment_packet_id_packet_row_id'))
    )
    op.create_index('ix_assignment_agent', 'assignment', ['agent_id'], unique=False, postgresql_where="status = 'handed_out'")
    op.create_index('ix_assignment_callback', 'assignment', ['team_id', 'callback_at'], unique=False, postgresql_where="status = 'open' and callback_at is not null")
    op.create_index(op.f('ix_assignment_donor_id'), 'assignment', ['donor_id'], unique=False)
    op.create_index('ix_assignment_lease', 'assignment', ['team_id', 'leased_until'], unique=False, postgresql_where="status = 'handed_out' and packet_id is null")
    op.create_index(op.f('ix_assignment_plan_id'), 'assignment', ['plan_id'], unique=False)
    op.create_index('ix_assignment_queue', 'assignment', ['team_id', 'status', 'priority'], unique=False)
    op.create_index('uq_assignment_open_donor', 'assignment', ['donor_id'], unique=True, postgresql_where="status in ('open', 'handed_out')")
    op.create_table('gift',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('donor_id', sa.BigInteger(), nullable=False),
    sa.Column('batch_id', sa.BigInteger(), nullable=False),
    sa.Column('source', sa.String(length=64), nullable=False),
    sa.Column('external_id', sa.Text(), nullable=False, comment="The source's id of the gift, or of its row"),
    sa.Column('given_on', sa.Date(), nullable=False),
    sa.Column('amount_cents', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.String(length=3), server_default='usd', nullable=False),
    sa.Column('election_code', sa.Text(), nullable=True),
    sa.Column('is_recurring', sa.Boolean(), server_default='false', nullable=False),
    sa.CheckConstraint('amount_cents <> 0', name=op.f('ck_gift_amount_not_zero')),
    sa.ForeignKeyConstraint(['batch_id'], ['list_batch.id'], name=op.f('fk_gift_batch_id_list_batch')),
    sa.ForeignKeyConstraint(['donor_id'], ['donor.id'], name=op.f('fk_gift_donor_id_donor')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_gift')),
    sa.UniqueConstraint('source', 'external_id', name=op.f('uq_gift_source_external_id'))
    )
    op.create_index('ix_gift_donor_id_given_on', 'gift', ['donor_id', 'given_on'], unique=False)
    op.create_table('list_part',
    sa.Column('batch_id', sa.BigInteger(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('first_row', sa.BigInteger(), nullable=False),
    sa.Column('rows', sa.Integer(), nullable=False),
    sa.Column('data', sa.LargeBinary(), nullable=False, comment='Arrow stream, zstd'),
    sa.ForeignKeyConstraint(['batch_id'], ['list_batch.id'], name=op.f('fk_list_part_batch_id_list_batch')),
    sa.PrimaryKeyConstraint('batch_id', 'number', name=op.f('pk_list_part'))
    )
    op.create_table('portal_session',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('token_hash', sa.Text(), nullable=False),
    sa.Column('user_id', sa.BigInteger(), nullable=False),
    sa.Column('csrf', sa.Text(), nullable=False),
    sa.Column('is_complete', sa.Boolean(), nullable=False, comment='The second factor was shown, or not needed'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('browser', sa.Text(), nullable=False, comment='As the browser names itself'),
    sa.ForeignKeyConstraint(['user_id'], ['app_user.id'], name=op.f('fk_portal_session_user_id_app_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_portal_session')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_portal_session_token_hash'))
    )
    op.create_index(op.f('ix_portal_session_user_id'), 'portal_session', ['user_id'], unique=False)
    op.create_table('staged_row',
    sa.Column('batch_id', sa.BigInteger(), nullable=False),
    sa.Column('source_row', sa.BigInteger(), nullable=False, comment='1 is the first record'),
    sa.Column('donor_id', sa.BigInteger(), nullable=True),
    sa.Column('disposition', sa.Text(), nullable=False, comment='imported, merged, unchanged, quarantined'),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('fingerprint', sa.BigInteger(), nullable=False, comment="Of the row's cells"),
    sa.ForeignKeyConstraint(['batch_id'], ['list_batch.id'], name=op.f('fk_staged_row_batch_id_list_batch')),
    sa.PrimaryKeyConstraint('batch_id', 'source_row', name=op.f('pk_staged_row'))
    )
    op.create_index(op.f('ix_staged_row_donor_id'), 'staged_row', ['donor_id'], unique=False)
    op.create_table('user_ticket',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('token_hash', sa.Text(), nullable=False),
    sa.Column('user_id', sa.BigInteger(), nullable=False),
    sa.Column('purpose', sa.Text(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("purpose in ('invitation', 'reset')", name=op.f('ck_user_ticket_purpose')),
    sa.ForeignKeyConstraint(['user_id'], ['app_user.id'], name=op.f('fk_user_ticket_user_id_app_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_user_ticket')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_user_ticket_token_hash'))
    )
    op.create_index(op.f('ix_user_ticket_user_id'), 'user_ticket', ['user_id'], unique=False)
    op.create_table('call_attempt',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('external_id', sa.Text(), nullable=False, comment="The team's own id of the call"),
    sa.Column('assignment_id', sa.BigInteger(), nullable=True),
    sa.Column('campaign_id', sa.BigInteger(), nullable=False),
    sa.Column('donor_id', sa.BigInteger(), nullable=False),
    sa.Column('team_id', sa.BigInteger(), nullable=False),
    sa.Column('agent_id', sa.BigInteger(), nullable=True),
    sa.Column('phone_e164', sa.Text(), nullable=True),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('duration_seconds', sa.Integer(), nullable=False),
    sa.Column('call_result', sa.Text(), nullable=False, comment='A disposition of FIELD.md'),
    sa.Column('answers', postgresql.JSONB(astext_type=sa.Text()), server_default='{}', nullable=False, comment='Script result'),
    sa.Column('script_id', sa.BigInteger(), nullable=True),
    sa.Column('callback_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('fingerprint', sa.Text(), server_default='', nullable=False, comment='Hash of what was told: the same again changes nothing'),
    sa.Column('violations', postgresql.JSONB(astext_type=sa.Text()), server_default='[]', nullable=False, comment='Rules that the call broke, by code'),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('duration_seconds >= 0', name=op.f('ck_call_attempt_duration_not_negative')),
    sa.ForeignKeyConstraint(['agent_id'], ['agent.id'], name=op.f('fk_call_attempt_agent_id_agent')),
    sa.ForeignKeyConstraint(['assignment_id'], ['assignment.id'], name=op.f('fk_call_attempt_assignment_id_assignment')),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaign.id'], name=op.f('fk_call_attempt_campaign_id_campaign')),
    sa.ForeignKeyConstraint(['donor_id'], ['donor.id'], name=op.f('fk_call_attempt_donor_id_donor')),
    sa.ForeignKeyConstraint(['script_id'], ['script.id'], name=op.f('fk_call_attempt_script_id_script')),
    sa.ForeignKeyConstraint(['team_id'], ['team.id'], name=op.f('fk_call_attempt_team_id_team')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_call_attempt')),
    sa.UniqueConstraint('team_id', 'external_id', name=op.f('uq_call_attempt_team_id_external_id'))
    )
    op.create_index(op.f('ix_call_attempt_assignment_id'), 'call_attempt', ['assignment_id'], unique=False)
    op.create_index(op.f('ix_call_attempt_campaign_id'), 'call_attempt', ['campaign_id'], unique=False)
    op.create_index('ix_call_attempt_donor_id_started_at', 'call_attempt', ['donor_id', 'started_at'], unique=False)
    op.create_table('packet_row',
    sa.Column('packet_row_id', sa.Text(), nullable=False, comment='Opaque, in one packet'),
    sa.Column('packet_id', sa.BigInteger(), nullable=False),
    sa.Column('assignment_id', sa.BigInteger(), nullable=True, comment='Null: a control record'),
    sa.Column('status', sa.Text(), nullable=False, comment='out, returned or reclaimed'),
    sa.Column('returned_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('leak_reported_at', sa.DateTime(timezone=True), nullable=True, comment='A stranger used this control record'),
    sa.ForeignKeyConstraint(['assignment_id'], ['assignment.id'], name=op.f('fk_packet_row_assignment_id_assignment')),
    sa.ForeignKeyConstraint(['packet_id'], ['packet.id'], name=op.f('fk_packet_row_packet_id_packet')),
    sa.PrimaryKeyConstraint('packet_row_id', name=op.f('pk_packet_row'))
    )
    op.create_index(op.f('ix_packet_row_assignment_id'), 'packet_row', ['assignment_id'], unique=False)
    op.create_index(op.f('ix_packet_row_packet_id'), 'packet_row', ['packet_id'], unique=False)
    op.create_table('pledge',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('ref', sa.String(length=64), nullable=False, comment='Travels as metadata.pledge_ref'),
    sa.Column('donor_id', sa.BigInteger(), nullable=True),
    sa.Column('campaign_id', sa.BigInteger(), nullable=True),
    sa.Column('team_id', sa.BigInteger(), nullable=True),
    sa.Column('call_attempt_id', sa.BigInteger(), nullable=True, comment='The call in which it was made'),
    sa.Column('election_id', sa.BigInteger(), nullable=True),
    sa.Column('team_code', sa.Text(), nullable=True, comment='As the file says; team_id where known'),
    sa.Column('source', sa.Text(), nullable=False, comment='call, or file:<hash> it was imported from'),
    sa.Column('first_name', sa.Text(), nullable=True),
    sa.Column('last_name', sa.Text(), nullable=True),
    sa.Column('email', sa.Text(), nullable=True),
    sa.Column('phone_e164', sa.Text(), nullable=True),
    sa.Column('postal_code', sa.Text(), nullable=True),
    sa.Column('amount_cents', sa.BigInteger(), nullable=False),
    sa.Column('written_off_cents', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('currency', sa.String(length=3), server_default='usd', nullable=False),
    sa.Column('pledged_on', sa.Date(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('status', sa.Text(), nullable=False, comment='open, fulfilled, written_off, cancelled'),
    sa.Column('reason', sa.Text(), nullable=True, comment='Why it was written off or cancelled'),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('amount_cents > 0', name=op.f('ck_pledge_amount_positive')),
    sa.CheckConstraint('written_off_cents between 0 and amount_cents', name=op.f('ck_pledge_written_off')),
    sa.ForeignKeyConstraint(['call_attempt_id'], ['call_attempt.id'], name=op.f('fk_pledge_call_attempt_id_call_attempt')),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaign.id'], name=op.f('fk_pledge_campaign_id_campaign')),
    sa.ForeignKeyConstraint(['donor_id'], ['donor.id'], name=op.f('fk_pledge_donor_id_donor')),
    sa.ForeignKeyConstraint(['election_id'], ['election.id'], name=op.f('fk_pledge_election_id_election')),
    sa.ForeignKeyConstraint(['team_id'], ['team.id'], name=op.f('fk_pledge_team_id_team')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pledge')),
    sa.UniqueConstraint('call_attempt_id', name=op.f('uq_pledge_call_attempt_id')),
    sa.UniqueConstraint('ref', name=op.f('uq_pledge_ref'))
    )
    op.create_index(op.f('ix_pledge_campaign_id'), 'pledge', ['campaign_id'], unique=False)
    op.create_index(op.f('ix_pledge_donor_id'), 'pledge', ['donor_id'], unique=False)
    op.create_index(op.f('ix_pledge_email'), 'pledge', ['email'], unique=False)
    op.create_index(op.f('ix_pledge_phone_e164'), 'pledge', ['phone_e164'], unique=False)
    op.create_index('ix_pledge_status_due_on', 'pledge', ['status', 'due_on'], unique=False)
    op.create_table('quality_review',
    sa.Column('call_attempt_id', sa.BigInteger(), nullable=False),
    sa.Column('seed', sa.Integer(), nullable=False),
    sa.Column('drawn_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('outcome', sa.Text(), nullable=True, comment='passed or failed; null: not heard yet'),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('reviewed_by', sa.Text(), nullable=True),
    sa.Column('reviewed_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['call_attempt_id'], ['call_attempt.id'], name=op.f('fk_quality_review_call_attempt_id_call_attempt')),
    sa.PrimaryKeyConstraint('call_attempt_id', name=op.f('pk_quality_review'))
    )
    op.create_table('allocation',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('charge_id', sa.Text(), nullable=False),
    sa.Column('pledge_id', sa.BigInteger(), nullable=False),
    sa.Column('amount_cents', sa.BigInteger(), nullable=False),
    sa.Column('tier', sa.Text(), nullable=False, comment='confirmed or suggested'),
    sa.Column('confidence', sa.Float(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('decided_by', sa.Text(), nullable=False, comment='rule, or the person who confirmed it'),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('amount_cents > 0', name=op.f('ck_allocation_amount_positive')),
    sa.ForeignKeyConstraint(['charge_id'], ['stripe_charge.id'], name=op.f('fk_allocation_charge_id_stripe_charge')),
    sa.ForeignKeyConstraint(['pledge_id'], ['pledge.id'], name=op.f('fk_allocation_pledge_id_pledge')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_allocation')),
    sa.UniqueConstraint('charge_id', 'pledge_id', name=op.f('uq_allocation_charge_id_pledge_id'))
    )
    op.create_index('ix_allocation_pledge_id', 'allocation', ['pledge_id'], unique=False)
    op.create_table('instalment',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('pledge_id', sa.BigInteger(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('amount_cents', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('amount_cents > 0', name=op.f('ck_instalment_amount_positive')),
    sa.ForeignKeyConstraint(['pledge_id'], ['pledge.id'], name=op.f('fk_instalment_pledge_id_pledge')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_instalment')),
    sa.UniqueConstraint('pledge_id', 'number', name=op.f('uq_instalment_pledge_id_number'))
    )
    op.create_table('payment_decision',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('charge_id', sa.Text(), nullable=False),
    sa.Column('pledge_id', sa.BigInteger(), nullable=True),
    sa.Column('verdict', sa.Text(), nullable=False, comment='pays, not, gift or not_campaign'),
    sa.Column('exception_id', sa.BigInteger(), nullable=True),
    sa.Column('because', sa.Text(), nullable=False),
    sa.Column('decided_by', sa.Text(), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("(verdict in ('pays', 'not')) = (pledge_id is not null)", name=op.f('ck_payment_decision_pledge')),
    sa.ForeignKeyConstraint(['charge_id'], ['stripe_charge.id'], name=op.f('fk_payment_decision_charge_id_stripe_charge')),
    sa.ForeignKeyConstraint(['exception_id'], ['book_exception.id'], name=op.f('fk_payment_decision_exception_id_book_exception')),
    sa.ForeignKeyConstraint(['pledge_id'], ['pledge.id'], name=op.f('fk_payment_decision_pledge_id_pledge')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_payment_decision')),
    sa.UniqueConstraint('charge_id', 'pledge_id', name=op.f('uq_payment_decision_charge_id_pledge_id'), postgresql_nulls_not_distinct=True)
    )
    op.create_table('payment_link',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('pledge_id', sa.BigInteger(), nullable=False),
    sa.Column('instalment_number', sa.Integer(), nullable=True),
    sa.Column('stripe_id', sa.Text(), nullable=False),
    sa.Column('url', sa.Text(), nullable=False),
    sa.Column('amount_cents', sa.BigInteger(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('deactivated_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['pledge_id'], ['pledge.id'], name=op.f('fk_payment_link_pledge_id_pledge')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_payment_link')),
    sa.UniqueConstraint('pledge_id', 'instalment_number', name=op.f('uq_payment_link_pledge_id_instalment_number'), postgresql_nulls_not_distinct=True),
    sa.UniqueConstraint('stripe_id', name=op.f('uq_payment_link_stripe_id'))
    )
    op.execute(GUARD)


def downgrade() -> None:
    op.drop_table('payment_link')
    op.drop_table('payment_decision')
    op.drop_table('instalment')
    op.drop_index('ix_allocation_pledge_id', table_name='allocation')
    op.drop_table('allocation')
    op.drop_table('quality_review')
    op.drop_index('ix_pledge_status_due_on', table_name='pledge')
    op.drop_index(op.f('ix_pledge_phone_e164'), table_name='pledge')
    op.drop_index(op.f('ix_pledge_email'), table_name='pledge')
    op.drop_index(op.f('ix_pledge_donor_id'), table_name='pledge')
    op.drop_index(op.f('ix_pledge_campaign_id'), table_name='pledge')
    op.drop_table('pledge')
    op.drop_index(op.f('ix_packet_row_packet_id'), table_name='packet_row')
    op.drop_index(op.f('ix_packet_row_assignment_id'), table_name='packet_row')
    op.drop_table('packet_row')
    op.drop_index('ix_call_attempt_donor_id_started_at', table_name='call_attempt')
    op.drop_index(op.f('ix_call_attempt_campaign_id'), table_name='call_attempt')
    op.drop_index(op.f('ix_call_attempt_assignment_id'), table_name='call_attempt')
    op.drop_table('call_attempt')
    op.drop_index(op.f('ix_user_ticket_user_id'), table_name='user_ticket')
    op.drop_table('user_ticket')
    op.drop_index(op.f('ix_staged_row_donor_id'), table_name='staged_row')
    op.drop_table('staged_row')
    op.drop_index(op.f('ix_portal_session_user_id'), table_name='portal_session')
    op.drop_table('portal_session')
    op.drop_table('list_part')
    op.drop_index('ix_gift_donor_id_given_on', table_name='gift')
    op.drop_table('gift')
    op.drop_index('uq_assignment_open_donor', table_name='assignment', postgresql_where="status in ('open', 'handed_out')")
    op.drop_index('ix_assignment_queue', table_name='assignment')
    op.drop_index(op.f('ix_assignment_plan_id'), table_name='assignment')
    op.drop_index('ix_assignment_lease', table_name='assignment', postgresql_where="status = 'handed_out' and packet_id is null")
    op.drop_index(op.f('ix_assignment_donor_id'), table_name='assignment')
    op.drop_index('ix_assignment_callback', table_name='assignment', postgresql_where="status = 'open' and callback_at is not null")
    op.drop_index('ix_assignment_agent', table_name='assignment', postgresql_where="status = 'handed_out'")
    op.drop_table('assignment')
    op.drop_index(op.f('ix_api_token_user_id'), table_name='api_token')
    op.drop_table('api_token')
    op.drop_index(op.f('ix_suppression_phone_e164'), table_name='suppression')
    op.drop_index(op.f('ix_suppression_email'), table_name='suppression')
    op.drop_index(op.f('ix_suppression_donor_id'), table_name='suppression')
    op.drop_table('suppression')
    op.drop_index('ix_result_exception_status', table_name='result_exception')
    op.drop_table('result_exception')
    op.drop_index(op.f('ix_remedy_charge_id'), table_name='remedy')
    op.drop_table('remedy')
    op.drop_table('plan')
    op.drop_table('packet')
    op.drop_index('uq_list_batch_current_file', table_name='list_batch', postgresql_where=sa.text("status in ('staged', 'admitted')"))
    op.drop_table('list_batch')
    op.drop_index(op.f('ix_donor_phone_phone_e164'), table_name='donor_phone')
    op.drop_table('donor_phone')
    op.drop_table('donor_pair')
    op.drop_index(op.f('ix_donor_merge_kept_id'), table_name='donor_merge')
    op.drop_index(op.f('ix_donor_merge_gone_id'), table_name='donor_merge')
    op.drop_table('donor_merge')
    op.drop_table('donor_external_id')
    op.drop_index(op.f('ix_donor_email_email'), table_name='donor_email')
    op.drop_table('donor_email')
    op.drop_table('donor_address')
    op.drop_table('campaign_team')
    op.drop_table('call_pin')
    op.drop_table('app_user')
    op.drop_table('result_file')
    op.drop_index(op.f('ix_payout_row_balance_transaction'), table_name='payout_row')
    op.drop_table('payout_row')
    op.drop_index(op.f('ix_donor_phone_e164'), table_name='donor')
    op.drop_index('ix_donor_household_id', table_name='donor', postgresql_where=sa.text('household_id is not null'))
    op.drop_index(op.f('ix_donor_email'), table_name='donor')
    op.drop_table('donor')
    op.drop_table('campaign')
    op.drop_index(op.f('ix_bank_line_payout'), table_name='bank_line')
    op.drop_table('bank_line')
    op.drop_table('agent')
    op.drop_table('team')
    op.drop_table('sync_window')
    op.drop_table('stripe_report_total')
    op.drop_index(op.f('ix_stripe_refund_charge'), table_name='stripe_refund')
    op.drop_table('stripe_refund')
    op.drop_table('stripe_payout')
    op.drop_index(op.f('ix_stripe_object_links_to'), table_name='stripe_object')
    op.drop_table('stripe_object')
    op.drop_table('stripe_hint')
    op.drop_index(op.f('ix_stripe_dispute_charge'), table_name='stripe_dispute')
    op.drop_table('stripe_dispute')
    op.drop_index(op.f('ix_stripe_charge_payment_intent'), table_name='stripe_charge')
    op.drop_index('ix_stripe_charge_created_at', table_name='stripe_charge')
    op.drop_table('stripe_charge')
    op.drop_index(op.f('ix_stripe_balance_transaction_source'), table_name='stripe_balance_transaction')
    op.drop_index(op.f('ix_stripe_balance_transaction_payout'), table_name='stripe_balance_transaction')
    op.drop_index('ix_stripe_balance_transaction_created_at', table_name='stripe_balance_transaction')
    op.drop_table('stripe_balance_transaction')
    op.drop_index('ix_signin_failure_place_at', table_name='signin_failure')
    op.drop_table('signin_failure')
    op.drop_table('script')
    op.drop_table('rule_proposal')
    op.drop_table('report')
    op.drop_table('reconciliation')
    op.drop_table('notice')
    op.drop_table('letter')
    op.drop_table('household')
    op.drop_table('election')
    op.drop_table('committee')
    op.drop_table('campaign_day_stage')
    op.drop_index('ix_book_exception_status', table_name='book_exception')
    op.drop_table('book_exception')
    op.drop_table('balance_snapshot')
    op.drop_table('audit_entry')
    op.execute("drop function allocation_guard()")
