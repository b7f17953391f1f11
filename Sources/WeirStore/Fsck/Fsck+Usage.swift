extension Fsck {
    /// Usage: sums are what cells add up to, and grants' windows have spent what cells say.
    static let usage: [FsckCheck] = [
        FsckCheck(
            name: "usage-hour",
            claim: "usage_hour is the sum of the cells",
            statement: """
                SELECT 'usage_hour hour ' || CAST(coalesce(summed.hour, usage_hour.hour) AS TEXT) || ' dimension '
                    || CAST(coalesce(summed.dimension_id, usage_hour.dimension_id) AS TEXT) || ' outcome '
                    || CAST(coalesce(summed.outcome, usage_hour.outcome) AS TEXT),
                    usage_hour.calls, summed.calls, usage_hour.units, summed.units, usage_hour.bytes_in, summed.bytes_in,
                    usage_hour.bytes_out, summed.bytes_out
                FROM (
                    SELECT hour, dimension_id, outcome, CAST(sum(calls) AS BIGINT) AS calls, CAST(sum(units) AS BIGINT) AS units,
                        CAST(sum(bytes_in) AS BIGINT) AS bytes_in, CAST(sum(bytes_out) AS BIGINT) AS bytes_out
                    FROM cell GROUP BY hour, dimension_id, outcome
                ) AS summed
                FULL OUTER JOIN usage_hour ON usage_hour.hour = summed.hour
                    AND usage_hour.dimension_id = summed.dimension_id AND usage_hour.outcome = summed.outcome
                WHERE summed.calls IS DISTINCT FROM usage_hour.calls OR summed.units IS DISTINCT FROM usage_hour.units
                    OR summed.bytes_in IS DISTINCT FROM usage_hour.bytes_in
                    OR summed.bytes_out IS DISTINCT FROM usage_hour.bytes_out
                """,
            columns: [
                "calls", "cells' calls", "units", "cells' units", "bytes_in", "cells' bytes_in", "bytes_out",
                "cells' bytes_out",
            ]),
        FsckCheck(
            name: "L3-spent",
            claim: "a window's units are the sum of its incarnation's cells that name the grant",
            statement: """
                SELECT 'credit_window ' || credit_window.grant_id || ' ' || credit_window.incarnation, credit_window.units,
                    coalesce(summed.units, 0)
                FROM credit_window LEFT JOIN (
                    SELECT \(GrantSpending.grantOfDimension) AS grant_id, incarnation.token AS token,
                        CAST(sum(\(GrantSpending.signedUnits("cell"))) AS BIGINT) AS units
                    FROM dimension JOIN cell ON cell.dimension_id = dimension.id
                        JOIN incarnation ON incarnation.id = cell.incarnation_id
                    WHERE dimension.grant_id <> '' GROUP BY \(GrantSpending.grantOfDimension), incarnation.token
                ) AS summed ON summed.grant_id = credit_window.grant_id AND summed.token = credit_window.incarnation
                WHERE credit_window.units <> coalesce(summed.units, 0)
                """,
            columns: ["units", "cells' units"]),
        FsckCheck(
            name: "L5-windows",
            claim: "cells that name a grant belong to one of its windows",
            statement: """
                SELECT 'cell of incarnation ' || incarnation.token || ' and grant ' || credit_grant.id,
                    CAST(sum(\(GrantSpending.signedUnits("cell"))) AS BIGINT)
                FROM dimension JOIN credit_grant ON credit_grant.id = \(GrantSpending.grantOfDimension)
                    JOIN cell ON cell.dimension_id = dimension.id JOIN incarnation ON incarnation.id = cell.incarnation_id
                    LEFT JOIN credit_window ON credit_window.grant_id = credit_grant.id
                        AND credit_window.incarnation = incarnation.token
                WHERE credit_window.grant_id IS NULL
                GROUP BY incarnation.token, credit_grant.id
                HAVING sum(\(GrantSpending.signedUnits("cell"))) <> 0
                """,
            columns: ["units without a window"]),
        FsckCheck(
            name: "L5-usage",
            claim: "the usage of a grant is what its windows have spent",
            statement: """
                SELECT 'credit_grant ' || credit_grant.id, coalesce(used.units, 0), coalesce(spent.units, 0)
                FROM credit_grant
                LEFT JOIN (
                    SELECT \(GrantSpending.grantOfDimension) AS grant_id,
                        CAST(sum(\(GrantSpending.signedUnits("usage_hour"))) AS BIGINT) AS units
                    FROM dimension JOIN usage_hour ON usage_hour.dimension_id = dimension.id
                    WHERE dimension.grant_id <> '' GROUP BY \(GrantSpending.grantOfDimension)
                ) AS used ON used.grant_id = credit_grant.id
                LEFT JOIN (
                    SELECT grant_id, CAST(sum(units) AS BIGINT) AS units FROM credit_window GROUP BY grant_id
                ) AS spent ON spent.grant_id = credit_grant.id
                WHERE coalesce(used.units, 0) <> coalesce(spent.units, 0)
                """,
            columns: ["usage", "windows' units"]),
    ]
}
