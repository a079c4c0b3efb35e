-- Tables of text: what `df`, `ps`, `kubectl get` and `docker ps` print, into rows and back.
local M = {}

local function words_of(line)
  local words = {}
  for word in line:gmatch("%S+") do words[#words + 1] = word end
  return words
end

-- Rows as maps by the names in the header, all values text. The last column takes what is left of its line. Empty lines do
-- not count. `options.names` replaces the header's names, as `{ "filesystem", "size" }`; `options.header = false` says that
-- there is none, and then names are needed.
function M.parse(text, options)
  options = options or {}
  local rows, names = {}, options.names
  local header_due = options.header ~= false
  if not header_due and not names then error("columns.parse needs `names` when there is no header") end
  for _, line in ipairs(type(text) == "table" and text or text:split("\n")) do
    local words = words_of(line)
    if #words > 0 then
      if header_due then
        header_due = false
        names = names or words
      else
        local row = {}
        for i, name in ipairs(names) do row[name] = words[i] end
        if #words > #names then row[names[#names]] = table.concat(words, " ", #names) end
        rows[#rows + 1] = row
      end
    end
  end
  return rows
end

-- Rows as maps by the columns of the header, where cells may hold blanks or be empty: a column begins where its name does.
-- Names in the header are parted by at least two blanks.
function M.parse_fixed(text)
  local lines, starts, rows = {}, {}, {}
  for _, line in ipairs(type(text) == "table" and text or text:split("\n")) do
    if line:trim() ~= "" then lines[#lines + 1] = line end
  end
  if #lines == 0 then return rows end
  local at = 1
  while true do
    local first, last = lines[1]:find("%S+[^%s]*", at)
    if not first then break end
    -- A single blank is a part of the name.
    while lines[1]:match("^ %S", last + 1) do last = select(2, lines[1]:find("^ %S+", last + 1)) end
    starts[#starts + 1] = { name = lines[1]:sub(first, last), first = first }
    at = last + 1
  end
  for i = 2, #lines do
    local row = {}
    for k, column in ipairs(starts) do
      local following = starts[k + 1]
      row[column.name] = lines[i]:sub(column.first, following and following.first - 1 or -1):trim()
    end
    rows[#rows + 1] = row
  end
  return rows
end

local function width_of(text) return utf8.len(text) or #text end

-- Aligned text of rows that are maps; numbers stand at the right. `names` are the columns in their order.
function M.format(rows, names)
  local widths, lines, right = {}, {}, {}
  local function cell(row, name)
    local value = row[name]
    return value == nil and "" or tostring(value)
  end
  for _, name in ipairs(names) do
    widths[name] = width_of(name)
    right[name] = #rows > 0
    for _, row in ipairs(rows) do
      widths[name] = math.max(widths[name], width_of(cell(row, name)))
      right[name] = right[name] and tonumber(cell(row, name)) ~= nil
    end
  end
  local function line(text_of)
    local cells = {}
    for _, name in ipairs(names) do
      local text = text_of(name)
      local blanks = (" "):rep(widths[name] - width_of(text))
      cells[#cells + 1] = right[name] and blanks .. text or text .. blanks
    end
    lines[#lines + 1] = (table.concat(cells, "  "):gsub("%s+$", ""))
  end
  line(function(name) return name end)
  for _, row in ipairs(rows) do line(function(name) return cell(row, name) end) end
  return table.concat(lines, "\n")
end

return M
