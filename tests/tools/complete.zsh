# complete.zsh -- what zsh makes of lines when Tab is pressed at their ends, in a
# shell of its own with a terminal: complete.zsh FOLDER 'pqs sett'...
zmodload zsh/zpty || exit 2
zpty shell "TERM=dumb zsh -f -i"
tell() {
	local said
	zpty -w shell "$1; print re''ady"
	zpty -r shell said "*ready*" || exit 3
}
tell "fpath=(${(q)1} \$fpath); autoload -U compinit; compinit -u -D"
tell "bindkey '^I' complete-word"
tell "tell() { print -r -- \"<<\$BUFFER>>\"; BUFFER= }; zle -N tell; bindkey '^T' tell"
shift
for line; do
	zpty -w -n shell "$line"$'\t\x14'
	zpty -r shell said '*<<*>>*' || exit 4
	said=${said##*<<}
	print -r -- ${said%%>>*}
done
