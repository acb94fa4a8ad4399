-- error: a word of the language is not a value.
local function attack (p, host)
  return { nice = any }
end
