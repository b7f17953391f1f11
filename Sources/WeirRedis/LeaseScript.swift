/// The lease authority that a fleet shares: one Lua script, run by Redis for one tag of keys at a time.
///
/// It is `Store` of the executable model, `Tests/Model/leases`, number by number; `Tests/Model/differential.py` drives both
/// with the same histories. What the rules mean and why they hold is said there; here is what is the script's alone.
///
/// All numbers are integers. Lua counts in doubles, so every product stays below 2⁵³: amounts × `per` must be below 2⁵²
/// (`maximumProduct`), which whoever reads a rule checks. Times are microseconds of the server's own clock, which never goes
/// back: the fence remembers the highest.
///
/// It runs on Redis 7.0 and later, and calls TIME, HMGET, HGETALL, HSET, HDEL, DEL and PEXPIRE, nothing else:
/// `Tests/Model/access.py` prints the least privilege with which it runs, and checks it.
package enum LeaseScript {
    /// Amount × `per` of every rule that is shared stays below this. A debt is at most a full bucket, so what a refill adds
    /// stays below twice as much.
    package static let maximumProduct: Int64 = 1 << 52

    /// ## Keys
    ///
    /// | key | what |
    /// |---|---|
    /// | `KEYS[1]` | the tag's fence, `{wNNN}:NAMESPACE:fence` |
    /// | `KEYS[2…]` | limit keys of the same tag, `{wNNN}:NAMESPACE:…`; none: the caller only makes itself known |
    ///
    /// Each is one small hash. Its field `state` holds the fence's or the key's own numbers, `@AGENT` those of one agent,
    /// packed as doubles, 8 bytes each, little-endian, in the order in which the script unpacks them. A window's instants
    /// are part of its key's name, so that no two windows ever share a counter. A key lives until it makes no difference
    /// any more (PEXPIRE), and somewhat longer; when that happens is never part of an answer.
    ///
    /// ## Arguments
    ///
    /// Seven of the caller: run (of the server, as read on connecting), epoch, seen (operations), latest (microseconds), trust
    /// (0 or 1), freeze (microseconds), agent. Without limit keys then one: for how many microseconds the agent counts as a
    /// member of the fleet. Else fifteen for each limit key, in the order of the model's `Ask`:
    ///
    /// | | bucket (`b`) | window (`w`) | slots (`s`) |
    /// |---|---|---|---|
    /// | 1 | kind | | |
    /// | 2 | sequence, of this agent for this key | | |
    /// | 3, 4 | version, and the amount | | |
    /// | 5, 6 | `num` tokens per `per` µs | start, end | 0, 0 |
    /// | 7 | spent since the last call | spent in all | 0 |
    /// | 8 | µs since the last of it | 0 | 0 |
    /// | 9 | given back | kept | kept |
    /// | 10 | debt | 1: the last call | 0 |
    /// | 11, 12 | needed by checks that wait, and by the oldest | | |
    /// | 13 | wanted for checks to come | | |
    /// | 14, 15 | life of the lease in µs; per cent of the amount that may be out for checks to come | | |
    ///
    /// ## Answer
    ///
    /// Integers: epoch, operations, members of the fleet, the server's time, microseconds until the thaw (0: not frozen),
    /// and for each limit key standing, granted, retry, life, level, outstanding, amount, recall. Standing is 0 where the
    /// lease was lost, 1 where it was held, 2 frozen, 3 not this window, 4 too many agents.
    package static let text = #"""
        local call, unpack, pack, max, min, fmod = redis.call, struct.unpack, struct.pack, math.max, math.min, math.fmod
        local CALLER, ASK, FENCE, KEY, LEASE = '<ddddd', '<ddddddddddddddd', '<ddddddd', '<dddddddddddddddd', '<dddddddddd'
        local NEVER, INEXACT, LONGEST = 9007199254740992, 4503599627370496, 4503599627370496
        local RECHECK, SPARE, PAST, HOLDERS, MEMBERS = 50000, 10000000, 172800000000, 1024, 4096
        local BUCKET, WINDOW, SLOTS = 1, 2, 3
        local LOST, HELD, FROZEN, ELSEWHEN, FULL = 0, 1, 2, 3, 4

        local function now_by_the_server() local t = call('TIME') return t[1] * 1000000 + t[2] end
        local clock = now_by_the_server()

        local run, agent = ARGV[1], ARGV[2]
        local epoch, seen, latest, trust, freeze = unpack(CALLER, ARGV[3])
        local me = '@' .. agent

        -- The fence: whether this server may have forgotten something.
        local fence, now
        do
          local texts = call('HMGET', KEYS[1], 'state', 'run')
          local missing = not texts[1]
          local a, b, c, d, e, f, g = 0, 0, 0, 0, 0, 0, 0
          if not missing then a, b, c, d, e, f, g = unpack(FENCE, texts[1]) end
          fence = { epoch = a, valid = b, base = c, thaw = d, time = e, operations = f, fleet = g }
          now = max(clock, fence.time)
          if missing and trust == 1 and epoch == 0 then
            fence.epoch, fence.valid = 1, 1
            call('HSET', KEYS[1], 'run', run)
          else
            local known = epoch == fence.epoch
            local back = fence.time - clock > freeze
            local lost = missing or back or epoch > fence.epoch
              or known and (seen > fence.operations or latest > 0 and latest < now)
            local witness = epoch < fence.epoch and seen > fence.base and fence.valid < fence.epoch
            if lost or run ~= texts[2] or witness and now >= fence.thaw then
              if back then now = clock end
              fence.base, fence.epoch, fence.thaw = fence.operations, max(fence.epoch, epoch) + 1, now + freeze
              call('HSET', KEYS[1], 'run', run)
            end
            if lost or witness then fence.valid = fence.epoch end
          end
          fence.time = now
        end
        local frozen = now < fence.thaw

        -- Exact: a quotient of doubles may round up to a whole number.
        local function ceil(a, b)
          local rest = fmod(a, b)
          return (a - rest) / b + (rest > 0 and 1 or 0)
        end

        -- Time makes tokens as far as there is room beside those that are out.
        local function refill(key, till)
          if till <= key.at then return end
          local room = max(key.credit, (key.amount - key.out) * key.per)
          if room > key.credit then
            local gap = till - key.at
            key.credit = gap < ceil(room - key.credit, key.num) and key.credit + key.num * gap or room
          end
          key.at = till
        end

        local function packed(lease)
          return pack(LEASE, lease.tokens, lease.expires, lease.sequence, lease.standing, lease.granted, lease.retry, lease.life,
            lease.want, lease.spent, lease.last)
        end

        local function read(text)
          local a, b, c, d, e, f, g, h, i, j = unpack(LEASE, text)
          return { tokens = a, expires = b, sequence = c, standing = d, granted = e, retry = f, life = g, want = h, spent = i, last = j }
        end

        -- What few calls need is made when one needs it: Lua makes these functions anew in each run.
        local function made()
          local seldom = {}

          -- What to do with each lease of the others, in the order in which they end.
          function seldom.each(name, does)
            local all, fields = {}, call('HGETALL', name)
            for i = 1, #fields, 2 do
              if string.sub(fields[i], 1, 1) == '@' and fields[i] ~= me then
                local lease = read(fields[i + 1])
                lease.field = fields[i]
                all[#all + 1] = lease
              end
            end
            table.sort(all, function(a, b)
              if a.expires ~= b.expires then return a.expires < b.expires end
              return a.field < b.field
            end)
            for _, lease in ipairs(all) do does(lease) end
          end

          -- The leases of others that are over: burned in a window, else forgotten.
          function seldom.reap(name, key, kind)
            key.soonest = NEVER
            seldom.each(name, function(lease)
              if lease.expires > now then
                key.soonest = min(key.soonest, lease.expires)
              elseif kind ~= WINDOW or lease.last > 0 and lease.tokens == 0 then
                if kind == BUCKET then refill(key, lease.expires) end
                key.out, key.wants, key.holders = key.out - lease.tokens, key.wants - lease.want, key.holders - 1
                call('HDEL', name, lease.field)
              elseif lease.want > 0 then
                key.wants, lease.want = key.wants - lease.want, 0
                call('HSET', name, lease.field, packed(lease))
              end
            end)
          end

          -- A key of an older epoch, or a new one. After a freeze no lease can be trusted; what windows have out is burned.
          function seldom.revive(name, key, kind, version, amount, num, per, ttl)
            if kind == WINDOW and key.epoch > 0 then
              seldom.each(name, function(lease)
                lease.expires, lease.want = min(lease.expires, now), 0
                call('HSET', name, lease.field, packed(lease))
              end)
              if key.own then key.own.expires, key.own.want = min(key.own.expires, now), 0 end
              key.wants, key.soonest = 0, now
              return
            end
            call('DEL', name)
            key.out, key.wants, key.holders, key.soonest, key.latest, key.gone, key.short = 0, 0, 0, NEVER, 0, 0, 0
            key.own = nil
            if kind == BUCKET and key.epoch < fence.valid then
              key.version, key.amount, key.num, key.per, key.credit, key.at = version, amount, num, per, 0, fence.thaw
              refill(key, now)
              key.amount_until, key.rate_until = now + ttl, now + ttl
            elseif kind == BUCKET then
              key.at = max(key.at, fence.thaw)
            elseif key.epoch == 0 then
              key.version, key.amount, key.amount_until = version, amount, now + ttl
            end
          end

          -- Whether a/b is at most c/d; the products would be too large.
          local function slower(a, b, c, d)
            while b > 0 and d > 0 do
              local rest, other = fmod(a, b), fmod(c, d)
              local whole, others = (a - rest) / b, (c - other) / d
              if whole ~= others then return whole < others end
              a, b, c, d = d, other, b, rest
            end
            return d == 0
          end

          -- Other amounts: a higher version's, or without versions the smaller. What was used stays used.
          function seldom.change(key, kind, version, amount, num, per, age, ttl)
            local newer = version > key.version
            if not newer and (key.version > 0 or version < key.version) then return end
            if newer or amount <= key.amount or now >= key.amount_until then
              key.amount_until = now + ttl
            else
              amount = key.amount
            end
            if kind ~= BUCKET then
              key.version, key.amount = version, amount
              return
            end
            if newer or slower(num, per, key.num, key.per) or now >= key.rate_until then
              key.rate_until = now + ttl
            else
              num, per = key.num, key.per
            end
            if not newer and amount * per >= INEXACT then return end
            key.version = version
            if amount == key.amount and num == key.num and per == key.per then return end
            refill(key, now - age)
            local used = key.amount * key.per - key.credit
            if per ~= key.per then used = min(ceil(used, key.per), (INEXACT - fmod(INEXACT, per)) / per) * per end
            key.amount, key.num, key.per, key.credit = amount, num, per, amount * per - used
          end

          -- The part of the total that the weight has among the weights, in 1024ths.
          function seldom.share(total, weight, weights)
            local function div(a, b) return (a - fmod(a, b)) / b end
            if weights >= 4398046511104 then
              local unit = div(weights, 2147483648)
              weight, weights = div(weight, unit), div(weights, unit)
            end
            local ratio = min(1024, div(weight * 1024, weights))
            return div(total, 1024) * ratio + div(fmod(total, 1024) * ratio, 1024)
          end

          -- The caller counts as one of the fleet.
          function seldom.touch(life)
            local members, known, fields = 0, false, call('HGETALL', KEYS[1])
            for i = 1, #fields, 2 do
              if string.sub(fields[i], 1, 1) == '@' then
                if tonumber(fields[i + 1]) <= now then
                  call('HDEL', KEYS[1], fields[i])
                else
                  members, known = members + 1, known or fields[i] == me
                end
              end
            end
            if known or members < MEMBERS then
              call('HSET', KEYS[1], me, string.format('%.0f', now + life))
              if not known then members = members + 1 end
            end
            fence.fleet = members
          end

          return seldom
        end
        local seldom

        local answer = { 0, 0, 0, 0, 0 }
        local function say(standing, granted, retry, life, left, out, amount, recall)
          local n = #answer
          answer[n + 1], answer[n + 2], answer[n + 3], answer[n + 4] = standing, granted, retry, life
          answer[n + 5], answer[n + 6], answer[n + 7], answer[n + 8] = left, out, amount, recall and 1 or 0
        end

        local function serve(name, ask)
          local kind, sequence, version, amount, num, per, spent, age, back, extra, need, first, ahead, ttl, percent = unpack(ASK, ask)
          if kind == BUCKET and frozen then return say(FROZEN, 0, fence.thaw - now, 0, 0, 0, amount) end
          if kind == WINDOW and (now < num or now >= per) then return say(ELSEWHEN, 0, max(0, num - now), 0, 0, 0, amount) end

          local key
          do
            local texts = call('HMGET', name, 'state', me)
            local a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p = 0, 0, 0, 0, 0, 0, 0, 0, NEVER, 0, 0, 0, 0, 0, 0, 0
            if texts[1] then a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p = unpack(KEY, texts[1]) end
            key = { version = a, amount = b, amount_until = c, epoch = d, short = e, out = f, wants = g, holders = h, soonest = i,
              latest = j, gone = k, num = l, per = m, rate_until = n, credit = o, at = p, own = texts[2] and read(texts[2]) or nil }
          end
          if key.epoch < fence.epoch then
            seldom = seldom or made()
            seldom.revive(name, key, kind, version, amount, num, per, ttl)
          end
          if version == 0 and key.version == 0 and amount == key.amount and (kind ~= BUCKET or num == key.num and per == key.per) then
            key.amount_until, key.rate_until = now + ttl, now + ttl
          elseif version ~= key.version or version == 0 then
            seldom = seldom or made()
            seldom.change(key, kind, version, amount, num, per, age, ttl)
          end
          if key.soonest <= now then
            seldom = seldom or made()
            seldom.reap(name, key, kind)
          end

          local lease = key.own
          if not lease and key.holders < HOLDERS then
            key.holders = key.holders + 1
            lease = { tokens = 0, expires = now, sequence = 0, standing = 0, granted = 0, retry = 0, life = 0, want = 0, spent = 0,
              last = 0 }
          end
          if lease and sequence > lease.sequence then
            -- Settle: what became of the lease.
            local held = lease.expires > now and lease.tokens > 0
            local tokens = lease.tokens
            if kind == BUCKET then
              if not held then
                if tokens > 0 then refill(key, lease.expires) end
                key.out, tokens, spent, back = key.out - tokens, 0, 0, 0
              end
              spent = min(spent, tokens)
              back = min(back, tokens - spent)
              refill(key, now - age)                   -- with the old outstanding, up to the last spend ...
              key.out = key.out - spent                -- ... then forget what was spent
              refill(key, now)
              key.out, tokens = key.out - back, tokens - spent - back
              if back > 0 then
                key.credit = max(key.credit, min(key.credit + back * key.per, (key.amount - key.out) * key.per))
              end
              if extra > 0 then
                local debt = min(extra, 2 * key.amount) * key.per
                key.credit = max(key.credit - debt, min(key.credit, -key.amount * key.per))
              end
            else
              if kind == WINDOW then
                spent = max(0, spent - lease.spent)
                lease.spent, lease.last, key.credit = lease.spent + spent, extra, key.credit + spent
              end
              key.out, tokens = key.out - tokens + back, back
            end
            lease.tokens, lease.sequence = tokens, sequence

            if frozen then
              key.wants, lease.want = key.wants - lease.want, 0
              lease.standing, lease.granted, lease.retry, lease.life = FROZEN, 0, fence.thaw - now, 0
              if kind == SLOTS then lease.expires = now + ttl end
            else
              -- Grant: what there is, and how much of it this call gets.
              local available, whole = 0, key.amount
              if kind == BUCKET then
                if key.credit > 0 then available = (key.credit - fmod(key.credit, key.per)) / key.per end
              else
                if kind == WINDOW then whole = max(0, whole - key.credit) end
                available = max(0, whole - key.out)
                if now < key.short or (kind == WINDOW and key.credit or 0) + key.out > key.amount then ahead = 0 end
              end
              local want = min(tokens + need + ahead, key.amount)
              key.wants, lease.want = key.wants - lease.want + want, want
              if ahead > 0 then
                local rest = fmod(whole, 100)
                local cap = (whole - rest) / 100 * percent + (rest * percent - fmod(rest * percent, 100)) / 100
                ahead = max(0, min(ahead, cap - key.out - need))
              end
              local granted = min(need + ahead, available)
              if key.wants > available + key.out then
                seldom = seldom or made()
                granted = min(granted, max(first, seldom.share(available + key.out, want, key.wants) - tokens))
              end
              if granted < first then granted = 0 end

              local retry, life, others = 0, ttl, key.out > tokens
              if kind == BUCKET then
                key.credit = key.credit - granted * key.per
                if granted == 0 then
                  retry = ceil(max(0, max(1, min(first, key.amount)) * key.per - key.credit), key.num)
                  if others then retry = min(retry, RECHECK) end
                end
              else
                if kind == WINDOW then life = min(ttl, per - now) end
                if granted == 0 then
                  retry = kind == WINDOW and per - now or RECHECK
                  if others then
                    retry = min(retry, RECHECK)
                    if need > 0 then key.short = now + RECHECK end
                  end
                end
              end
              key.out, lease.tokens, lease.expires = key.out + granted, tokens + granted, now + life
              lease.standing, lease.granted, lease.retry, lease.life = held and HELD or LOST, granted, retry, life
            end
          end

          local left, recall, useless
          if kind == BUCKET then
            left = key.credit > 0 and (key.credit - fmod(key.credit, key.per)) / key.per or 0
            recall = key.credit < 0
          else
            local whole = kind == WINDOW and max(0, key.amount - key.credit) or key.amount
            left = max(0, whole - key.out)
            recall = now < key.short or (kind == WINDOW and key.credit or 0) + key.out > key.amount
          end
          if lease then
            key.soonest, key.latest = min(key.soonest, lease.expires), max(key.latest, lease.expires)
            say(lease.standing, lease.granted, lease.retry, lease.life, left, key.out, key.amount, recall)
          else
            say(FULL, 0, RECHECK, 0, left, key.out, key.amount)
          end
          if kind == WINDOW then
            useless = per + max(per - num, PAST)
          else
            useless = max(now, key.latest) + SPARE
            if kind == BUCKET then useless = useless + min(ceil(key.amount * key.per - key.credit, key.num), LONGEST) end
          end
          local late = useless > key.gone
          if late then key.gone = useless + SPARE end
          local state = pack(KEY, key.version, key.amount, key.amount_until, fence.epoch, key.short, key.out, key.wants, key.holders,
            key.soonest, key.latest, key.gone, key.num, key.per, key.rate_until, key.credit, key.at)
          if lease then
            call('HSET', name, 'state', state, me, packed(lease))
          else
            call('HSET', name, 'state', state)
          end
          if late then call('PEXPIRE', name, ceil(key.gone - now, 1000)) end
        end

        if #KEYS == 1 then
          seldom = made()
          seldom.touch(unpack('<d', ARGV[4]))
        end
        if not frozen then fence.operations = fence.operations + #KEYS - 1 end
        for i = 2, #KEYS do serve(KEYS[i], ARGV[i + 2]) end
        call('HSET', KEYS[1], 'state', pack(FENCE, fence.epoch, fence.valid, fence.base, fence.thaw, fence.time, fence.operations,
          fence.fleet))
        answer[1], answer[2], answer[3], answer[4] = fence.epoch, fence.operations, fence.fleet, now
        answer[5] = frozen and fence.thaw - now or 0
        return answer
        """#
}
