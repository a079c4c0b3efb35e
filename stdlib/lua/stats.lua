-- Numbers of a list: means, percentiles, what stands out. No function changes the list it is given.
local M = {}

local function numbers(list, caller)
  if type(list) ~= "table" or #list == 0 then error("stats." .. caller .. " needs a list of numbers, not an empty one") end
  local sorted = {}
  for i, value in ipairs(list) do
    if type(value) ~= "number" then
      error("stats." .. caller .. " needs numbers, but item " .. i .. " is " .. type(value))
    end
    sorted[i] = value
  end
  table.sort(sorted)
  return sorted
end

function M.mean(list)
  return sum(numbers(list, "mean")) / #list
end

-- The p-th percentile, 0 to 100, between the two nearest values (as numpy does, and spreadsheets' PERCENTILE.INC).
function M.percentile(list, p)
  local sorted = numbers(list, "percentile")
  if type(p) ~= "number" or p < 0 or p > 100 then error("stats.percentile needs a percentage from 0 to 100") end
  local position = 1 + (#sorted - 1) * p / 100
  local below = math.floor(position)
  local part = position - below
  if part == 0 then return sorted[below] end
  return sorted[below] + (sorted[below + 1] - sorted[below]) * part
end

function M.median(list)
  return M.percentile(list, 50)
end

-- Of the values as a sample (divided by n - 1); 0 for a single one.
function M.stddev(list)
  local sorted = numbers(list, "stddev")
  if #sorted == 1 then return 0.0 end
  local mean, squares = sum(sorted) / #sorted, 0.0
  for _, value in ipairs(sorted) do squares = squares + (value - mean) ^ 2 end
  return math.sqrt(squares / (#sorted - 1))
end

-- count, min, max, mean, median, p95, p99, stddev: fit to be a step's outputs.
function M.summary(list)
  local sorted = numbers(list, "summary")
  return {
    count = #sorted, min = sorted[1], max = sorted[#sorted], mean = M.mean(sorted), median = M.median(sorted),
    p95 = M.percentile(sorted, 95), p99 = M.percentile(sorted, 99), stddev = M.stddev(sorted),
  }
end

-- Positions of the values further than `limit` (3.5) robust standard deviations from the median: one wild value does not
-- hide another. When most values are the same, all that differ.
function M.outliers(list, limit)
  local median, distances, found = M.median(list), {}, {}
  for i, value in ipairs(list) do distances[i] = math.abs(value - median) end
  local spread = M.median(distances) * 1.4826
  for i, distance in ipairs(distances) do
    if distance > 0 and distance > (limit or 3.5) * spread then found[#found + 1] = i end
  end
  return found
end

return M
