/// The policies that must work, each on its own; what they mean is in `protocol/rules.md`.
enum FifteenPolicies {
    static let all: [(name: String, text: String)] = [
        (
            "windows on the clock hour, per plan, points, together",
            """
            anon:      quota 60/h by ip when no user
            primary:   quota 5000/h by user
            primary.e: quota 15000/h by user when plan=enterprise replaces primary
            points:    900/min by user, route cost 0 if method=OPTIONS, 5 if method=POST|PUT|PATCH|DELETE
            create:    80/min by user when method=POST path=/repos/*/issues|/repos/*/pulls
            together:  100 concurrent by user hold 60s
            """
        ),
        (
            "live and test, per endpoint",
            """
            live:      100/s by consumer when mode=live
            sandbox:   25/s by consumer when mode=test
            endpoint:  25/s by consumer, mode, route
            inflight:  20 concurrent by consumer hold 90s
            """
        ),
        (
            "login",
            """
            login.ip:    20/15min by ip when method=POST path=/login
            login.name:  5/15min by login_name when method=POST path=/login
            login.fails: 10/h by ip counting answers 401|403 when method=POST path=/login
            """
        ),
        (
            "monthly quota per tenant, overage to a hard cap",
            "included:  100k/month from 1 in Europe/Berlin by tenant overage to 150k answer 402"
        ),
        (
            "per plan",
            """
            free.s:    10/s by consumer when plan=free
            free.m:    10k/month from signup by consumer when plan=free
            pro.s:     100/s burst 300 by consumer when plan=pro
            """
        ),
        (
            "several dimensions",
            """
            pair:      5/s by api_key, route
            wide:      2k/min by host, ip/24/48
            """
        ),
        (
            "allow-list, exemptions",
            """
            flood:     200/s by ip
            login:     5/min by ip when method=POST path=/login
            office:    group 192.0.2.0/24 2001:db8:7::/48
            trusted:   exempt from flood, login when ip=@office
            health:    exempt when path=/healthz|/readyz
            """
        ),
        (
            "block-list, key required",
            """
            bad:       group 203.0.113.0/24 198.51.100.7
            blocked:   deny when ip=@bad
            nokey:     deny 401 when no api_key path=/v1/* path!=/v1/status
            """
        ),
        (
            "by method",
            """
            reads:     100/s by api_key when method=GET|HEAD
            writes:    10/s by api_key when method!=GET|HEAD|OPTIONS
            """
        ),
        ("IPv6 by /64", "v6:        200/s burst 400 by ip/32/64"),
        (
            "weekly; tax year",
            """
            digest:    5/week from monday in America/New_York by user
            tax:       1M/year from 04-06 in Europe/London by tenant
            """
        ),
        (
            "business hours",
            """
            hours:     50/s by tenant during mon-fri 09:00-18:00 in Asia/Shanghai
            night:     200/s by tenant during mon-fri 18:00-09:00, sat-sun in Asia/Shanghai
            """
        ),
        (
            "roll-out",
            """
            new-cap:   50/s by api_key enforce 10%
            next-cap:  20/s by api_key shadow
            """
        ),
        (
            "traffic",
            """
            in:        5GB/day in Asia/Shanghai by api_key counting bytes_in
            out:       100MB/s burst 1GB by tenant counting bytes_out else local on outage
            """
        ),
        (
            "cost by units, one tenant's own limit, global ceiling",
            """
            pro.s:     100/s by tenant
            graphql:   5k/h by user counting units when path=/graphql
            acme:      1000/s by tenant when tenant=acme replaces pro.s
            all:       20k/s when host=api.example.com
            """
        ),
    ]
}
