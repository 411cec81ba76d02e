set title 'CPU of one DescribeDBClusters over TLS (logarithmic)'
set style data histograms
set style histogram clustered gap 1.5
set logscale y
set yrange [5:*]
set ylabel 'microseconds of CPU'
set xlabel 'what the answer holds'
plot data using 2:xtic(1) title 'wrk: sends and reads, nothing else' linecolor rgb '#b3b3b3', \
     data using 3 title 'libcurl: the same' linecolor rgb '#7f9fc0', \
     data using 4 title 'neptune-scan: signs, verifies, parses, judges, stores' linecolor rgb '#1f5fa8', \
     data using ($0+0.22):($4*1.15):(sprintf('%.1f x', $5)) with labels notitle textcolor rgb '#222222'
