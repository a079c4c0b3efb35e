-- Versions as semver.org orders them, with or without a leading `v`, and ranges of them.
local M = {}

-- { major, minor, patch, pre } of "v1.2.3-rc.1"; nil when it is no version.
function M.parse(text)
  local major, minor, patch, rest = tostring(text):match("^v?(%d+)%.(%d+)%.(%d+)(.*)$")
  if not major or not pcall(semver.compare, text, text) then return nil end
  return {
    major = tonumber(major), minor = tonumber(minor), patch = tonumber(patch), pre = rest:match("^%-([^+]+)"),
  }
end

local function need(text)
  local parsed = M.parse(text)
  if not parsed then error("`" .. tostring(text) .. "` is not a version such as 1.2.3 or v1.2.3-rc.1") end
  return parsed
end

local function written(major, minor, patch)
  return string.format("%d.%d.%d", major, minor, patch)
end

-- Part of a version in a range: `1`, `1.2`, `1.x`, `1.2.3-rc.1`: its first version, and how many parts were given.
local function partial(text, range)
  local body = text:gsub("^v", "")
  if M.parse(body) then return body, 3 end
  local parts = {}
  for part in (body .. "."):gmatch("([^.]*)%.") do
    if part == "x" or part == "X" or part == "*" then break end
    if not part:match("^%d+$") or #parts == 3 then error("`" .. range .. "` is not a range of versions: see `" .. text .. "`") end
    parts[#parts + 1] = tonumber(part)
  end
  return written(parts[1] or 0, parts[2] or 0, parts[3] or 0), #parts
end

local function at_least(a, b) return semver.compare(a, b) >= 0 end

-- The first version that is no longer meant when `count` parts of `first` are fixed.
local function beyond(first, count)
  local version = need(first)
  if count == 0 then return nil end
  if count == 1 then return written(version.major + 1, 0, 0) end
  if count == 2 then return written(version.major, version.minor + 1, 0) end
  return written(version.major, version.minor, version.patch + 1)
end

-- Whether a version is in [from, to). Without a pre-release named at the border, one of `to` counts as beyond it.
local function within(version, from, to)
  if from and not at_least(version, from) then return false end
  return not to or not at_least(version, to .. "-0")
end

local function meets(version, word, range)
  local operator, text = word:match("^([<>=~^]*)(.*)$")
  if text == "" then error("`" .. range .. "` is not a range of versions: `" .. operator .. "` stands alone") end
  local first, count = partial(text, range)
  local parsed = need(first)
  if operator == "" or operator == "=" then
    if count == 3 then return semver.compare(version, first) == 0 end
    return within(version, count > 0 and first or nil, beyond(first, count))
  end
  if operator == ">=" then return at_least(version, first) end
  if operator == "<" then return not at_least(version, count == 3 and first or first .. "-0") end
  if operator == ">" then
    if count == 3 then return not at_least(first, version) end
    return count > 0 and at_least(version, beyond(first, count))
  end
  if operator == "<=" then
    if count == 3 then return at_least(first, version) end
    return count == 0 or not at_least(version, beyond(first, count) .. "-0")
  end
  if operator == "~" then return within(version, first, beyond(first, math.min(count, 2))) end
  if operator == "^" then
    if parsed.major > 0 or count < 2 then return within(version, first, beyond(first, math.min(count, 1))) end
    if parsed.minor > 0 or count < 3 then return within(version, first, beyond(first, 2)) end
    return within(version, first, beyond(first, 3))
  end
  error("`" .. range .. "` is not a range of versions: there is no `" .. operator .. "`")
end

-- Is `version` in `range`? Conditions with blanks between them must all hold: ">=1.2.3 <2", "^1.4", "~1.2", "1.x", "=2.0.1";
-- `||` stands between alternatives. A pre-release is only in a range that names one of the same major.minor.patch, as npm
-- has it: "^1.2.0" does not mean 1.3.0-rc.1.
function M.satisfies(version, range)
  local parsed = need(version)
  range = tostring(range)
  local found = false
  for _, alternative in ipairs(range:split("||")) do
    local all, named, some = true, not parsed.pre, false
    -- ">= 1.2" is written as one word.
    for word in alternative:gsub("([<>=~^]+)%s+", "%1"):gmatch("%S+") do
      some = true
      all = meets(version, word, range) and all
      local border = M.parse((word:gsub("^[<>=~^]*", "")))
      if border and border.pre and border.major == parsed.major and border.minor == parsed.minor and
          border.patch == parsed.patch then
        named = true
      end
    end
    if not some then error("`" .. range .. "` is not a range of versions: an alternative is empty") end
    found = found or (all and named)
  end
  return found
end

-- A new list, oldest first.
function M.sort(versions)
  local sorted = {}
  for i, version in ipairs(versions) do
    need(version)
    sorted[i] = version
  end
  table.sort(sorted, function(a, b) return semver.compare(a, b) < 0 end)
  return sorted
end

-- The newest of a list that is in the range, if one is given; nil when there is none.
function M.newest(versions, range)
  local sorted = M.sort(versions)
  for i = #sorted, 1, -1 do
    if not range or M.satisfies(sorted[i], range) then return sorted[i] end
  end
  return nil
end

return M
