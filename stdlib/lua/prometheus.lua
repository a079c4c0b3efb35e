-- The text that a Prometheus exporter answers with (exposition format 0.0.4, and OpenMetrics as far as it is the same).
local M = {}

local escapes = { ["\\"] = "\\", ['"'] = '"', n = "\n" }

local function number(text, line)
  if text == "+Inf" or text == "Inf" then return math.huge end
  if text == "-Inf" then return -math.huge end
  if text == "NaN" then return 0 / 0 end
  return tonumber(text) or error("line " .. line .. ": `" .. text .. "` is not a number")
end

local function labels_of(text, line)
  local labels, at = {}, 1
  while true do
    at = text:find("[^%s,]", at)
    if not at then return labels end
    local name, value_at = text:match('^([%a_][%w_]*)%s*=%s*"()', at)
    if not name then error("line " .. line .. ": labels cannot be read at `" .. text:sub(at, at + 20) .. "`") end
    local value = {}
    at = value_at
    while true do
      local character = text:sub(at, at)
      if character == "" then error("line " .. line .. ": a label's value is not closed") end
      if character == '"' then break end
      if character == "\\" then
        at = at + 1
        character = escapes[text:sub(at, at)] or "\\" .. text:sub(at, at)
      end
      value[#value + 1] = character
      at = at + 1
    end
    labels[name] = table.concat(value)
    at = at + 1
  end
end

-- Where the labels' closing brace is, knowing that values may hold braces.
local function closing(line, from)
  local quoted, at = false, from
  while at <= #line do
    local character = line:sub(at, at)
    if character == "\\" and quoted then at = at + 1
    elseif character == '"' then quoted = not quoted
    elseif character == "}" and not quoted then return at end
    at = at + 1
  end
  return nil
end

-- A list of samples { name, labels, value, type }, in the order of the text; `type` is that of the family, when it is told.
-- A timestamp is left out: it says when the exporter looked, which is now.
function M.parse(text)
  local samples, types = {}, {}
  for i, line in ipairs(text:split("\n")) do
    line = line:trim()
    local family, kind = line:match("^#%s*TYPE%s+([%a_:][%w_:]*)%s+(%a+)")
    if family then
      types[family] = kind
    elseif line ~= "" and line:sub(1, 1) ~= "#" then
      local name = line:match("^[%a_:][%w_:]*")
      if not name then error("line " .. i .. ": `" .. line:sub(1, 40) .. "` is no sample") end
      local at, labels = #name + 1, {}
      local brace = line:match("^%s*{()", at)
      if brace then
        local close = closing(line, brace)
        if not close then error("line " .. i .. ": the labels are not closed") end
        labels = labels_of(line:sub(brace, close - 1), i)
        at = close + 1
      end
      local value = line:match("^%s*(%S+)", at)
      if not value then error("line " .. i .. ": `" .. name .. "` has no value") end
      local base = name:gsub("_bucket$", ""):gsub("_sum$", ""):gsub("_count$", ""):gsub("_total$", "")
      samples[#samples + 1] = { name = name, labels = labels, value = number(value, i), type = types[name] or types[base] }
    end
  end
  return samples
end

-- The samples of this name that have these labels, and maybe others.
function M.select(samples, name, labels)
  local found = {}
  for _, sample in ipairs(samples) do
    local same = sample.name == name
    for label, wanted in pairs(labels or {}) do same = same and sample.labels[label] == tostring(wanted) end
    if same then found[#found + 1] = sample end
  end
  return found
end

-- The value of the one sample of this name with these labels; an error when there is none, or more than one.
function M.value(samples, name, labels)
  local found = M.select(samples, name, labels)
  if #found == 1 then return found[1].value end
  local what = "`" .. name .. "`" .. (labels and " with " .. json.encode(labels) or "")
  error(#found == 0 and "there is no sample " .. what or "there are " .. #found .. " samples " .. what .. "; name more labels")
end

-- The sum of all samples of this name with these labels; 0 when there is none.
function M.sum(samples, name, labels)
  local total = 0
  for _, sample in ipairs(M.select(samples, name, labels)) do total = total + sample.value end
  return total
end

-- The q-quantile, 0 to 1, of a histogram since the exporter began, as PromQL's histogram_quantile() estimates it; nil when
-- it has counted nothing.
function M.quantile(samples, name, q, labels)
  if type(q) ~= "number" or q < 0 or q > 1 then error("prometheus.quantile needs a number from 0 to 1") end
  local counts, bounds = {}, {}
  for _, sample in ipairs(M.select(samples, name .. "_bucket", labels)) do
    local bound = number(sample.labels.le or "", 0)
    if not counts[bound] then bounds[#bounds + 1] = bound end
    counts[bound] = (counts[bound] or 0) + sample.value
  end
  table.sort(bounds)
  if #bounds == 0 then error("there is no histogram `" .. name .. "`") end
  local total = counts[bounds[#bounds]]
  if total == 0 then return nil end
  local rank = q * total
  for i, bound in ipairs(bounds) do
    if counts[bound] >= rank then
      local lower = i > 1 and bounds[i - 1] or 0
      if bound == math.huge then return lower end
      local before = i > 1 and counts[lower] or 0
      if i == 1 and bound <= 0 then return bound end
      return lower + (bound - lower) * (rank - before) / (counts[bound] - before)
    end
  end
end

return M
