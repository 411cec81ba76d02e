set title 'CPU to answer for one account in one region (logarithmic; shorter is better)'
unset key
set logscale x
set yrange [-0.6:*] reverse
set xrange [10:*]
unset xlabel
set xtics ('10 us' 1e1, '100 us' 1e2, '1 ms' 1e3, '10 ms' 1e4, '100 ms' 1e5, '1 s' 1e6, '' 1e7)
unset mxtics
set grid xtics linecolor rgb '#dddddd' linetype 1 linewidth 0.5
set lmargin 24
set bmargin 4
set style fill solid 0.95
stats data using 2 nooutput
set xrange [10:STATS_max * 200]
set boxwidth 0.6
plot data using (10):0:(10):2:($0-0.3):($0+0.3):($0 == 0 ? 0x1f5fa8 : 0xb3b3b3):ytic(1) with boxxyerror linecolor rgb variable, \
     data using 2:0:('  ' . stringcolumn(3)) with labels left textcolor rgb '#222222'
