"""Guard what a signature vouches for."""

from __future__ import annotations

from alembic import op

revision = "a5c1e7d90b42"
down_revision = "216751d9d437"

# Refused: any change of a signed report, of the audit record, and of what the signed days rest on.
# A transaction that must change it (Stripe tells more, the books are matched anew) says so first
# in `pledgeline.amends`; `audit verify` finds the change all the same.
GUARD = """
create function signed_report(from_moment timestamptz, from_day date) returns text
language sql stable as $$
    select r.code from report r cross join (select timezone from committee limit 1) k
    where r.kind = 'treasurer' and r.status = 'signed'
      and coalesce(from_day, (from_moment at time zone k.timezone)::date)
          between r.first_day and r.last_day
    order by r.id limit 1
$$;

create function refuse_signed(code text) returns void language plpgsql as $$
begin
    raise exception 'these days are signed in %', code
        using errcode = '23514', constraint = 'signed_days';
end $$;

create function is_amending() returns boolean language sql stable as $$
    select coalesce(current_setting('pledgeline.amends', true), '') <> ''
$$;

create function guard_signed_moment() returns trigger language plpgsql as $$
declare code text;
begin
    if not is_amending() then
        code := signed_report(old.created_at, null);
        if code is not null then perform refuse_signed(code); end if;
    end if;
    return case when tg_op = 'DELETE' then old else new end;
end $$;

create function guard_signed_day() returns trigger language plpgsql as $$
declare
    code text;
    facts jsonb := case when tg_op = 'INSERT' then to_jsonb(new) else to_jsonb(old) end;
begin
    if not is_amending() then
        code := signed_report(null, (facts ->> tg_argv[0])::date);
        if code is not null then perform refuse_signed(code); end if;
    end if;
    return case when tg_op = 'DELETE' then old else new end;
end $$;

create function guard_signed_payments() returns trigger language plpgsql as $$
declare code text;
begin
    if is_amending() or not exists (
        select 1 from report where kind = 'treasurer' and status = 'signed'
    ) then
        return null;
    end if;
    select signed_report(c.created_at, null) into code
    from (select distinct charge_id from moved) m join stripe_charge c on c.id = m.charge_id
    where signed_report(c.created_at, null) is not null limit 1;
    if code is not null then perform refuse_signed(code); end if;
    return null;
end $$;

create function guard_signed_report() returns trigger language plpgsql as $$
begin
    raise exception 'report % is signed', old.code
        using errcode = '23514', constraint = 'signed_report';
end $$;

create function guard_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'the record is only added to'
        using errcode = '23514', constraint = 'append_only';
end $$;

create trigger guard_signed before update or delete on report
    for each row when (old.status = 'signed') execute function guard_signed_report();
create trigger guard_append_only before update or delete on audit_entry
    for each row execute function guard_append_only();
create trigger guard_append_only_all before truncate on audit_entry
    execute function guard_append_only();

create trigger guard_signed_insert after insert on allocation
    referencing new table as moved for each statement execute function guard_signed_payments();
create trigger guard_signed_update after update on allocation
    referencing new table as moved for each statement execute function guard_signed_payments();
create trigger guard_signed_delete after delete on allocation
    referencing old table as moved for each statement execute function guard_signed_payments();
create trigger guard_signed_insert after insert on payment_decision
    referencing new table as moved for each statement execute function guard_signed_payments();
create trigger guard_signed_update after update on payment_decision
    referencing new table as moved for each statement execute function guard_signed_payments();
create trigger guard_signed_delete after delete on payment_decision
    referencing old table as moved for each statement execute function guard_signed_payments();

create trigger guard_signed_amount before update on stripe_charge for each row
    when ((old.captured_cents, old.currency, old.created_at)
          is distinct from (new.captured_cents, new.currency, new.created_at))
    execute function guard_signed_moment();
create trigger guard_signed_amount before update on stripe_refund for each row
    when ((old.charge, old.amount_cents, old.currency, old.created_at)
          is distinct from (new.charge, new.amount_cents, new.currency, new.created_at))
    execute function guard_signed_moment();
create trigger guard_signed_amount before update on stripe_balance_transaction for each row
    when ((old.reporting_category, old.amount_cents, old.fee_cents, old.net_cents, old.currency,
           old.source, old.created_at) is distinct from
          (new.reporting_category, new.amount_cents, new.fee_cents, new.net_cents, new.currency,
           new.source, new.created_at))
    execute function guard_signed_moment();
create trigger guard_signed_amount before update on stripe_payout for each row
    when ((old.amount_cents, old.currency, old.created_at)
          is distinct from (new.amount_cents, new.currency, new.created_at))
    execute function guard_signed_moment();
create trigger guard_signed_delete before delete on stripe_charge for each row
    execute function guard_signed_moment();
create trigger guard_signed_delete before delete on stripe_refund for each row
    execute function guard_signed_moment();
create trigger guard_signed_delete before delete on stripe_balance_transaction for each row
    execute function guard_signed_moment();
create trigger guard_signed_delete before delete on stripe_payout for each row
    execute function guard_signed_moment();

create trigger guard_signed_amount before update on bank_line for each row
    when ((old.booked_on, old.amount_cents, old.currency)
          is distinct from (new.booked_on, new.amount_cents, new.currency))
    execute function guard_signed_day('booked_on');
create trigger guard_signed_delete before delete on bank_line for each row
    execute function guard_signed_day('booked_on');
create trigger guard_signed_amount before update on pledge for each row
    when ((old.ref, old.amount_cents, old.currency, old.pledged_on)
          is distinct from (new.ref, new.amount_cents, new.currency, new.pledged_on))
    execute function guard_signed_day('pledged_on');
create trigger guard_signed_delete before delete on pledge for each row
    execute function guard_signed_day('pledged_on');
create trigger guard_signed before insert or update or delete on remedy for each row
    execute function guard_signed_day('decided_on');
"""

_TRIGGERS = {
    "report": ("guard_signed",),
    "audit_entry": ("guard_append_only", "guard_append_only_all"),
    "allocation": ("guard_signed_insert", "guard_signed_update", "guard_signed_delete"),
    "payment_decision": ("guard_signed_insert", "guard_signed_update", "guard_signed_delete"),
    "stripe_charge": ("guard_signed_amount", "guard_signed_delete"),
    "stripe_refund": ("guard_signed_amount", "guard_signed_delete"),
    "stripe_balance_transaction": ("guard_signed_amount", "guard_signed_delete"),
    "stripe_payout": ("guard_signed_amount", "guard_signed_delete"),
    "bank_line": ("guard_signed_amount", "guard_signed_delete"),
    "pledge": ("guard_signed_amount", "guard_signed_delete"),
    "remedy": ("guard_signed",),
}
_FUNCTIONS = (
    "guard_signed_moment()", "guard_signed_day()", "guard_signed_payments()",
    "guard_signed_report()", "guard_append_only()", "refuse_signed(text)", "is_amending()",
    "signed_report(timestamptz, date)",
)  # fmt: skip


def upgrade() -> None:
    op.execute(GUARD)


def downgrade() -> None:
    for table, triggers in _TRIGGERS.items():
        for trigger in triggers:
            op.execute(f"drop trigger {trigger} on {table}")
    for function in _FUNCTIONS:
        op.execute(f"drop function {function}")
