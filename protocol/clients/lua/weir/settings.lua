--- What the client is told: a table with the names of the environment, else the environment, else the defaults.

local settings = {}

local function duration(text, least, most)
  local amount, unit = text:match("^(%d+)(%a+)$")
  local seconds = unit == "ms" and tonumber(amount) / 1000 or unit == "s" and tonumber(amount)
    or unit == "min" and tonumber(amount) * 60 or unit == "h" and tonumber(amount) * 3600
  if not seconds then return nil, "expected a duration with its unit, such as 20ms or 10s" end
  if seconds < least or seconds > most then return nil, ("expected %gs to %gs"):format(least, most) end
  return seconds
end

local TABLE = {
  -- The agent's native socket.
  { "WEIR_SOCKET", "socket", nil, function(text)
    if text:sub(1, 1) ~= "/" then return nil, "expected a path that begins with /" end
    if #text > 107 then return nil, "expected at most 107 bytes, as the system allows for a socket's path" end
    return text
  end },
  -- How long a request waits for its answer, in all.
  { "WEIR_CLIENT_DEADLINE", "deadline", "20ms", function(text) return duration(text, 0.001, 60) end },
  -- What happens to a request that has no answer: open lets it pass, closed answers 503.
  { "WEIR_CLIENT_ON_TROUBLE", "on_trouble", "open", function(text)
    if text ~= "open" and text ~= "closed" then return nil, "expected open or closed" end
    return text
  end },
  -- How long a denial is remembered at most; off asks the agent each time.
  { "WEIR_CLIENT_DENY_CACHE", "deny_cache", "10s", function(text)
    if text == "off" then return 0 end
    return duration(text, 0.001, 86400)
  end },
  -- Connections that each nginx worker keeps at most; who needs one more waits for it.
  { "WEIR_CLIENT_CONNECTIONS", "connections", "32", function(text)
    local count = tonumber(text:match("^%d+$"))
    if not count or count < 1 or count > 1024 then return nil, "expected a whole number from 1 to 1024" end
    return count
  end },
}

--- Where the agent's socket is when nothing says so.
function settings.default_socket(getenv)
  local runtime = getenv("WEIR_RUNTIME_DIR")
  return (runtime and runtime ~= "" and runtime or "/run/weir") .. "/agent.sock"
end

--- Reads and checks every setting.
--
-- @param given  values by name; nil for none
-- @param getenv  gives a variable of the environment
-- @return the settings by their short names, durations in seconds; nil and every problem, one a line
function settings.read(given, getenv)
  given, getenv = given or {}, getenv or os.getenv
  local values, problems, known = {}, {}, {}
  for _, row in ipairs(TABLE) do
    local name, key, default, read = row[1], row[2], row[3], row[4]
    known[name] = true
    local text = given[name]
    if text == nil then text = getenv(name) end
    if text == nil or text == "" then text = default or settings.default_socket(getenv) end
    local value, problem = read(tostring(text))
    if value == nil then problems[#problems + 1] = ("%s=%s: %s"):format(name, tostring(text), problem) end
    values[key] = value
  end
  for name in pairs(given) do
    if not known[name] then
      local names = {}
      for _, row in ipairs(TABLE) do names[#names + 1] = row[1] end
      problems[#problems + 1] = ("%s: expected one of %s"):format(tostring(name), table.concat(names, ", "))
    end
  end
  if #problems > 0 then return nil, "weir: " .. table.concat(problems, "\nweir: ") end
  return values
end

local OPTIONS = { cost = true, reserve = true, attributes = true, key = true, on_trouble = true }

--- What is wrong with the options of one location; nil when nothing is.
function settings.problem(options)
  for name in pairs(options) do
    if not OPTIONS[name] then
      return ("weir: option %s: expected one of attributes, cost, key, on_trouble, reserve"):format(tostring(name))
    end
  end
  local trouble = options.on_trouble
  if trouble and trouble ~= "open" and trouble ~= "closed" then
    return ("weir: on_trouble: expected open or closed, found %s"):format(tostring(trouble))
  end
  if options.attributes and type(options.attributes) ~= "table" then
    return "weir: attributes: expected a table of values by name"
  end
end

return settings
