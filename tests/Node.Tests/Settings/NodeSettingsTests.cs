namespace AkkaKv.Node.Tests;

public sealed class NodeSettingsTests
{
    [Theory]
    [InlineData("node.name", "\"\"", "''")]
    [InlineData("node.name", "\"a b\"", "'a b'")]
    [InlineData("node.name", "abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxyz-0123456789", "63")]
    [InlineData("node.data-directory", "\"\"", "empty")]
    [InlineData("node.data-center", "\"\"", "empty")]
    [InlineData("node.rack", "\"\"", "empty")]
    [InlineData("node.weight", "0", "from 1 to 64")]
    [InlineData("node.weight", "65", "from 1 to 64")]
    [InlineData("node.weight", "heavy", "'heavy'")]
    [InlineData("remote.host", "\"\"", "empty")]
    [InlineData("remote.port", "-1", "from 0 to 65535")]
    [InlineData("remote.port", "65536", "from 0 to 65535")]
    [InlineData("remote.public-port", "70000", "from 0 to 65535")]
    [InlineData("http.host", "\"\"", "empty")]
    [InlineData("http.port", "eighty", "'eighty'")]
    [InlineData("cluster.seed-nodes", "[localhost]", "'localhost'")]
    [InlineData("cluster.seed-nodes", "[\"localhost:0\"]", "'localhost:0'")]
    [InlineData("cluster.seed-nodes", "[\":4053\"]", "':4053'")]
    [InlineData("cluster.seed-nodes", "[\"a:4053\", \"b:99999\"]", "'b:99999'")]
    [InlineData("cluster.expect", "0", "from 1 to 1000")]
    [InlineData("cluster.expect", "2", "akkakv.cluster.replicas")]
    [InlineData("cluster.partitions", "4", "from 8 to 65536")]
    [InlineData("cluster.partitions", "100", "power of two")]
    [InlineData("cluster.partitions", "131072", "from 8 to 65536")]
    [InlineData("cluster.replicas", "0", "from 1 to 16")]
    [InlineData("cluster.replicas", "17", "from 1 to 16")]
    [InlineData("cluster.write-quorum", "0", "from 1 to 3")]
    [InlineData("cluster.write-quorum", "4", "from 1 to 3")]
    [InlineData("cluster.read-quorum", "0", "from 1 to 3")]
    [InlineData("cluster.read-quorum", "4", "from 1 to 3")]
    [InlineData("repair.enabled", "maybe", "on or off")]
    [InlineData("repair.interval", "10", "from 100 to")]
    [InlineData("repair.bytes-per-second", "0", "from 1024")]
    [InlineData("repair.read-bytes-per-second", "1024", "from 65536")]
    [InlineData("repair.scrub-interval", "soon", "a duration")]
    [InlineData("repair.leaves", "100000", "power of two")]
    [InlineData("repair.leaves", "2097152", "from 65536 to 1048576")]
    [InlineData("limits.value-bytes", "0", "from 1 to 1048576")]
    [InlineData("limits.value-bytes", "1048577", "from 1 to 1048576")]
    [InlineData("limits.siblings", "0", "from 1 to 100")]
    [InlineData("limits.siblings", "101", "from 1 to 100")]
    [InlineData("limits.siblings-warn", "1", "from 2 to 100")]
    [InlineData("limits.record-bytes", "1000", "from 1048576 to 4194304")]
    [InlineData("limits.record-bytes-warn", "0", "from 1 to 4194304")]
    [InlineData("cluster.conflicts.default", "latest", "siblings or last-write-wins")]
    [InlineData("cluster.conflicts.siblings", "[\"\"]", "empty prefix")]
    [InlineData("cluster.conflicts.last-write-wins", "\"cache/\"", "must be a list")]
    [InlineData("cluster.conflicts.last-write-wins", "[a, a]", "'a'")]
    [InlineData("limits.requests-in-flight", "0", "from 1 to 1000000")]
    [InlineData("request.timeout", "5ms", "from 10 to 60000 ms")]
    [InlineData("request.timeout", "2m", "from 10 to 60000 ms")]
    [InlineData("request.timeout", "soon", "'soon'")]
    [InlineData("request.timeout", "infinite", "'infinite'")]
    [InlineData("request.hedge-after", "0ms", "from 1 to 60000 ms")]
    [InlineData("lanes.window-bytes", "1024", "from 65536")]
    [InlineData("lanes.queue-bytes", "1048576", "from 4259840")]
    [InlineData("lanes.heartbeat-interval", "1ms", "from 10 to 10000 ms")]
    [InlineData("lanes.silence-limit", "300ms", "from 500 to 60000 ms")]
    [InlineData("liveness.interval", "1ms", "from 10 to 10000 ms")]
    [InlineData("liveness.suspect-after", "999ms", "from 1000 to 60000 ms")]
    [InlineData("liveness.trust-after", "100ms", "from 250 to 60000 ms")]
    [InlineData("downing.after", "0s", "from 1000 to")]
    [InlineData("rejoin.stagger", "0s", "from 100 to 600000 ms")]
    [InlineData("rejoin.back-off-limit", "2h", "from 1000 to 3600000 ms")]
    [InlineData("storage.memtable-bytes", "1024", "from 65536")]
    [InlineData("storage.block-bytes", "512", "from 1024 to 1048576")]
    [InlineData("storage.cache-bytes", "-1", "from 0 to 1099511627776")]
    [InlineData("storage.last-level-compression", "gzip", "none, lz4 or zstd")]
    [InlineData("storage.zstd-level", "20", "from 1 to 19")]
    [InlineData("log-level", "loud", "'loud'")]
    [InlineData("log-level", "none", "'none'")]
    public void Wrong_value_should_be_named_with_its_key_and_what_is_allowed(string key, string value, string allowed)
    {
        var settings = key == "node.name" ? $"akkakv.{key} = {value}" : $"akkakv.node.name = n1\nakkakv.{key} = {value}";
        var wrong = Assert.Throws<SettingsException>(() => NodeSettings.FromHocon(settings));
        Assert.StartsWith($"akkakv.{key} ", wrong.Message, StringComparison.Ordinal);
        Assert.Contains(allowed, wrong.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("akkakv.node.nmae = n1", "akkakv.node.nmae", "akkakv.node.name")]
    [InlineData("akkakv.http.prot = 1", "akkakv.http.prot", "akkakv.http.port")]
    [InlineData("akkakv { cluster { seednodes = [] } }", "akkakv.cluster.seednodes", "akkakv.cluster.seed-nodes")]
    [InlineData("akkakv.loglevel = error", "akkakv.loglevel", "akkakv.log-level")]
    [InlineData("akkakv.cluster.write_quorum = 2", "akkakv.cluster.write_quorum", "akkakv.cluster.write-quorum")]
    public void Unknown_key_should_be_refused_with_the_nearest_known_one(string hocon, string unknown, string nearest) => Assert.StartsWith(
        $"{unknown} is not known; did you mean {nearest}?",
        Assert.Throws<SettingsException>(() => NodeSettings.FromHocon(hocon)).Message,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("akkakv { node { name = n1 }, http.port = 1 }", "cannot be read")]
    [InlineData("akkakv = 5", "cannot be read")]
    [InlineData("akkakv.node = n1", "akkakv.node")]
    [InlineData("akkakv.node.name = n1\nakkakv.cluster.seed-nodes = \"localhost:4053\"", "akkakv.cluster.seed-nodes")]
    [InlineData("akkakv.node.name = n1\nakkakv.cluster.seed-nodes = { a = 1 }", "akkakv.cluster.seed-nodes")]
    [InlineData("akkakv.node.name = { first = n1 }", "akkakv.node.name")]
    public void Text_that_is_no_configuration_should_be_refused(string hocon, string fault) => Assert.Contains(
        fault, Assert.Throws<SettingsException>(() => NodeSettings.FromHocon(hocon)).Message, StringComparison.Ordinal);

    [Fact]
    public void Defaults_should_be_those_of_the_reference()
    {
        var settings = NodeSettings.FromHocon("akkakv.node.name = n1");

        Assert.Equal(("n1", "dc1", "r1", 1), (settings.Name, settings.DataCenter, settings.Rack, settings.Weight));
        Assert.Equal(Path.GetFullPath("akkakv-data"), settings.DataDirectory);
        Assert.Equal(("127.0.0.1", 4053), (settings.RemoteHost, settings.RemotePort));
        Assert.Equal(("127.0.0.1", 0), (settings.PublicHost, settings.PublicPort));
        Assert.Equal(("127.0.0.1", 8080), (settings.HttpHost, settings.HttpPort));
        Assert.Equal((3, 256, 3, 2, 2), ClusterOf(settings));
        Assert.Empty(settings.Cluster.SeedNodes);
        Assert.Empty(settings.Cluster.ConflictRules);
        Assert.Equal(SiblingLimits.Default, settings.SiblingLimits);
        Assert.Equal((1024 * 1024, 10_000), (settings.ValueBytesLimit, settings.RequestsInFlight));
        Assert.Equal((4096, 64L << 20), (settings.BlockBytes, settings.BlockCacheBytes));
        Assert.Equal((5000.0, 50.0), (settings.RequestTimeout.TotalMilliseconds, settings.HedgeAfter.TotalMilliseconds));
    }

    [Fact]
    public void Values_should_be_taken_over_the_reference()
    {
        var settings = NodeSettings.FromHocon(
            """
            akkakv {
              node { name = n7, data-directory = /tmp/n7, data-center = west, rack = r9, weight = 64 }
              remote { host = 0.0.0.0, port = 5000, public-host = n7.example, public-port = 6000 }
              cluster { seed-nodes = ["a:1", "[::1]:65535"], expect = 5, partitions = 1024, replicas = 5, write-quorum = 3, read-quorum = 1 }
              limits { value-bytes = 1000 }
              request { timeout = 60s, hedge-after = 5ms }
            }
            """);

        Assert.Equal(("n7", "/tmp/n7"), (settings.Name, settings.DataDirectory));
        Assert.Equal(("west", "r9", 64), (settings.DataCenter, settings.Rack, settings.Weight));
        Assert.Equal(("0.0.0.0", 5000), (settings.RemoteHost, settings.RemotePort));
        Assert.Equal(("n7.example", 6000), (settings.PublicHost, settings.PublicPort));
        Assert.Equal(["a:1", "[::1]:65535"], settings.Cluster.SeedNodes.ToArray());
        Assert.Equal((5, 1024, 5, 3, 1), ClusterOf(settings));
        Assert.Equal((1000, TimeSpan.FromMinutes(1)), (settings.ValueBytesLimit, settings.RequestTimeout));
    }

    [Fact]
    public void Data_centre_should_have_its_own_number_of_replicas_where_one_is_given()
    {
        Assert.Empty(NodeSettings.FromHocon("akkakv.node.name = n1").Cluster.ReplicasByDataCenter);
        var settings = NodeSettings.FromHocon("akkakv { node.name = n1, cluster.replicas-by-data-center = [\"west=2\", \"a=b=1\"] }");
        Assert.Equal([new("a=b", 1), new("west", 2)], settings.Cluster.ReplicasByDataCenter.ToArray());
    }

    [Theory]
    [InlineData("west")]
    [InlineData("west=0")]
    [InlineData("west=17")]
    [InlineData("=2")]
    [InlineData("west=2\", \"west=3")]
    public void Number_of_replicas_of_a_data_centre_that_is_none_should_be_refused(string text) => Assert.StartsWith(
        "akkakv.cluster.replicas-by-data-center holds",
        Assert.Throws<SettingsException>(() => NodeSettings.FromHocon(
            $"akkakv {{ node.name = n1, cluster.replicas-by-data-center = [\"{text}\"] }}")).Message,
        StringComparison.Ordinal);

    [Fact]
    public void File_should_be_read_with_overrides_that_win()
    {
        using var directory = new TempDirectory();
        var path = directory["node.conf"];
        File.WriteAllText(path, "akkakv.node.name = n1\nakkakv.http.port = 1");

        Assert.Equal(2, NodeSettings.FromFile(path, ["akkakv.http.port=2"]).HttpPort);
        var wrong = Assert.Throws<SettingsException>(() => NodeSettings.FromFile(path, ["http.port"]));
        Assert.Contains("'http.port'", wrong.Message, StringComparison.Ordinal);
        wrong = Assert.Throws<SettingsException>(() => NodeSettings.FromFile(directory["none"]));
        Assert.Contains(directory["none"], wrong.Message, StringComparison.Ordinal);
    }

    private static (int Expect, int Partitions, int Replicas, int WriteQuorum, int ReadQuorum) ClusterOf(NodeSettings settings) => (
        settings.Cluster.Expect, settings.Cluster.Partitions, settings.Cluster.Replicas,
        settings.Cluster.WriteQuorum, settings.Cluster.ReadQuorum);
}
