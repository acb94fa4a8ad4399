-- What a person looks at comes first; what only renders in the back, later.

rule "desktop/compositor" {
  match = process { name = {
    "kwin_wayland", "kwin_x11", "gnome-shell", "mutter", "Xorg", "Xwayland", "sway", "weston",
    "Hyprland", "labwc", "river", "wayfire", "niri", "xfwm4", "cosmic-comp", "budgie-wm",
  } },
  tag   = "compositor",
  want  = { qos = "user-interactive" },
}

rule "desktop/browser" {
  match = process { name = {
    "firefox", "firefox-bin", "firefox-esr", "librewolf", "chrome", "chromium", "brave",
    "vivaldi-bin", "opera", "msedge", "epiphany", "falkon",
  } },
  tag   = "browser",
  want  = { qos = "user-initiated" },
}

-- Pages, as against the window around them.
rule "desktop/browser pages" {
  match = process { tag = "browser", args = { "--type=renderer", "--type=utility", "-contentproc" } },
  want  = function (p, host)
    if host.on_battery then return { qos = "utility" } end
    return { qos = "default" }
  end,
}

rule "desktop/editor" {
  match = process { name = {
    "code", "codium", "emacs", glob "emacs-*", "gvim", "vim", glob "vim.*", "nvim", "kate", "gedit", "zed-editor",
    "sublime_text", "gnome-text-editor",
  }, uid = people },
  tag   = "editor",
  want  = { qos = "user-initiated" },
}

-- What an editor starts to understand code is not what one types into.
rule "desktop/language servers" {
  match = process {
    name = { "clangd", "rust-analyzer", "gopls", "pyright", "lua-language-server", "jdtls", "ccls" },
    under = process { tag = "editor" },
  },
  want  = { qos = "utility" },
}

rule "desktop/terminal" {
  match = process { name = {
    "alacritty", "kitty", "foot", "konsole", glob "gnome-terminal*", "xterm", "wezterm-gui", "ghostty", "ptyxis",
  }, uid = people },
  want  = { qos = "user-initiated" },
}
