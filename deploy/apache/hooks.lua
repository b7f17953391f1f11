-- Weir for Apache: what protect.conf and protect-closed.conf call, by the name of a function.

local weir = require "weir.apache"

weir.setup {
  -- What is not set here comes from Apache's environment, then from the defaults.
  WEIR_SOCKET = "/run/weir/agent.sock",
  -- WEIR_CLIENT_DEADLINE = "20ms",      -- for one answer, connecting included
  -- WEIR_CLIENT_DENY_CACHE = "10s",     -- a limit that was raised is felt after so long; off asks each time
}

-- The caller's address, method, path, host and key come from Apache; nothing that a client sends chooses anything else.
-- Behind another proxy mod_remoteip tells Apache whom to believe about the address.

-- Fail open: without an agent requests pass.
function open(r) return weir.access(r, { on_trouble = "open" }) end

-- Fail closed: without an agent requests get 503.
function closed(r) return weir.access(r, { on_trouble = "closed" }) end

-- A location's own cost and attributes, for a LuaHookAccessChecker of its own:
--   function exports(r) return weir.access(r, { cost = 5, attributes = { tenant = r.headers_in["X-Tenant"] } }) end
-- A header may serve as an attribute only where something in front of Apache sets it.

-- In place of the CustomLog of weir.conf, where no process of its own may run: LuaHookLog …/hooks.lua log
-- The status is exact; bytes are those of the Content-Length fields, and 0 where there is none.
function log(r) return weir.log(r) end
