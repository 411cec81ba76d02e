set title 'A cell costs the same in an organization of any size'
set xlabel 'cells'
set ylabel 'CPU of a cell, microseconds' textcolor rgb '#1f5fa8'
set y2label 'peak memory, MiB' textcolor rgb '#c0562b'
set border 11
set y2tics
set yrange [0:*]
set y2range [0:*]
set xrange [-0.3:3.3]
set key bottom right
plot data using 0:2:xtic(1) with linespoints linestyle 1 title 'CPU of a cell', \
     data using 0:3 axes x1y2 with linespoints linestyle 3 title 'peak memory'
