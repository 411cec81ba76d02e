set title '1,000 accounts x 17 regions behind AWS''s distances and rates'
set style data histograms
set style histogram clustered gap 1.5
set ylabel 'seconds'
set yrange [0:*]
set key outside top center horizontal
set xlabel 'transport, exchanges in flight'
plot data using 2:xtic(1) title 'critical path: lower bound' linecolor rgb '#b3b3b3', \
     data using 3 title 'neptune-scan' linecolor rgb '#1f5fa8', \
     data using ($0+0.17):($3+0.15):(sprintf('%.2f x', $4)) with labels notitle textcolor rgb '#222222'
