-- What the portal may see, table by table. Safe to run again, and to be run again by each
-- migration that adds a table: a table that is not named below is seen by `all` only.
--
-- The portal's transactions take the role pledgeline_portal (reads only) and say in
-- pledgeline.team_id whose rows they may see: `all`, the id of a team, or `none`.

do $$
begin
    if not exists (select from pg_roles where rolname = 'pledgeline_portal') then
        create role pledgeline_portal nologin;
    end if;
exception
    when duplicate_object or unique_violation then null;  -- a database beside us was faster
end
$$;

do $$
begin
    -- Before PostgreSQL 16 whoever is a member may take the role.
    if not pg_has_role(current_user, 'pledgeline_portal',
        case when current_setting('server_version_num')::int >= 160000 then 'SET' else 'MEMBER' end)
    then
        execute format('grant pledgeline_portal to %I', current_user);
    end if;
end
$$;

grant usage on schema public to pledgeline_portal;

do $$
declare
    sight constant text := '(select current_setting(''pledgeline.team_id'', true))';
    whole constant text := sight || ' = ''all''';
    team constant text := whole || ' or team_id::text = ' || sight;
    of_donor constant text := whole
        || ' or exists (select from donor where donor.id = %1$I.donor_id)';
    of_pledge constant text := whole
        || ' or exists (select from pledge where pledge.id = %1$I.pledge_id)';
    -- What proves who somebody is: nobody's to see.
    secret constant text[] := array[
        'alembic_version', 'app_user', 'portal_session', 'user_ticket', 'signin_failure',
        'api_token'];
    seen_as constant jsonb := jsonb_build_object(
        -- No person and no money in them.
        'committee', 'true', 'election', 'true', 'campaign', 'true', 'campaign_team', 'true',
        'team', 'true', 'script', 'true', 'plan', 'true', 'notice', 'true', 'audit_entry', 'true',
        'rule_proposal', 'true',
        -- A team's own.
        'agent', team, 'call_attempt', team, 'packet', team, 'pledge', team, 'result_file', team,
        'result_exception', team,
        'assignment', whole || ' or team_id::text = ' || sight || ' and status <> ''planned''',
        'packet_row', whole
            || ' or exists (select from packet where packet.id = packet_row.packet_id)',
        'quality_review', whole || ' or exists (select from call_attempt'
            ' where call_attempt.id = quality_review.call_attempt_id)',
        -- People whom the team was given, as long as it has them, and what belongs to them.
        'donor', whole || ' or exists (select from assignment where assignment.donor_id = donor.id'
            ' and assignment.status in (''open'', ''handed_out'', ''done''))',
        'donor_phone', of_donor, 'donor_email', of_donor, 'donor_address', of_donor,
        'gift', of_donor, 'instalment', of_pledge, 'payment_link', of_pledge);
    name text;
    condition text;
begin
    for name in
        select relname from pg_class
        where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
    loop
        execute format('alter table %I enable row level security', name);
        execute format('drop policy if exists sight on %I', name);
        if name = any (secret) then
            execute format('revoke all on %I from pledgeline_portal', name);
        else
            condition := coalesce(seen_as ->> name, whole);
            execute format('create policy sight on %I for select to pledgeline_portal using ('
                || format(condition, name) || ')', name);
            execute format('grant select on %I to pledgeline_portal', name);
        end if;
    end loop;
    for name in  -- a view shows what its tables show
        select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'v'
    loop
        execute format('grant select on %I to pledgeline_portal', name);
    end loop;
end
$$;
