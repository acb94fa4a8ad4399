-- spent: a function made in a function in a loop is still one evaluation.
local function attack (p, host)
  local function nest (n)
    return function ()
      if n > 50 then while true do end end
      return nest (n + 1) ()
    end
  end
  return nest (0) ()
end
