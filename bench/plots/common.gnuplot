# What all pictures share. `data` and `picture` come from bench/plot.py.
set terminal svg size 760,420 dynamic enhanced font 'sans-serif,13' background rgb 'white'
set output picture
set encoding utf8
set datafile separator "\t"
set border 3 linecolor rgb '#555555'
set tics nomirror textcolor rgb '#222222'
set grid ytics linecolor rgb '#dddddd' linetype 1 linewidth 0.5
set key top left textcolor rgb '#222222'
set style fill solid 0.95 noborder
set style line 1 linecolor rgb '#1f5fa8' linewidth 2 pointtype 7 pointsize 0.8
set style line 2 linecolor rgb '#b3b3b3' linewidth 2 pointtype 7 pointsize 0.8
set style line 3 linecolor rgb '#c0562b' linewidth 2 pointtype 5 pointsize 0.8
