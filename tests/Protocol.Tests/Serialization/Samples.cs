using System.Collections.Immutable;
using System.Text;

namespace AkkaKv.Protocol.Tests;

/// <summary>The objects of the golden files, by the names of these. One is added for a new message or field; none is ever changed.</summary>
internal static class Samples
{
    private static readonly Guid Cluster = Guid.Parse("00112233445566778899aabbccddeeff");
    private static readonly WriteId Write = new(Guid.Parse("0f0e0d0c0b0a09080706050403020100"), 42);
    private static readonly ReplicaId Replica = new(0xA1B2_C3D4_E5F6_0718);
    private static readonly RepairRange Range = new(4096, 8192, 20);
    private static readonly LaneHello Hello = new(Cluster, Replica, "n1", 0x1122_3344_5566_7788, 3, 4);
    private static readonly MemberCard Card = new("n1", 0xA1B2_C3D4_E5F6_0718, "10.0.0.1", 8101, "dc1", "r1", 1);

    /// <summary>As it lies on disk.</summary>
    public static Dictionary<string, Record> Records { get; } = new()
    {
        ["record-one-sibling-v1"] = Versions.OneSibling(),
        ["record-siblings-v1"] = Versions.SeveralSiblings(),
        ["record-superseded-retry-v1"] = Versions.SupersededRetry(),
    };

    /// <summary>What is left of an expired record; it hashes as it did with its value.</summary>
    public static Record Shell { get; } = Versions.OneSibling().WithoutValuesExpiredBy(1_700_000_000_000);

    /// <summary>As it goes over the wire; at least one of every type.</summary>
    public static Dictionary<string, IProtocolMessage> Messages { get; } = new()
    {
        ["put-v1"] = new Put("name", "john")
        {
            ContentType = "text/plain",
            Timeout = TimeSpan.FromMilliseconds(1500),
            Context = Bytes("context"),
            W = Consistency.Quorum,
            WriteId = Write.AsRetry(),
            Condition = new WriteCondition(WriteConditionKind.ETagIs, "0123456789abcdef"),
        },
        ["put-expiring-v1"] = new Put("name", "john") { TimeToLive = TimeSpan.FromMilliseconds(90_000), WriteId = Write },
        ["put-least-v1"] = new Put(Bytes("k"), Bytes("")),
        ["delete-v1"] = new Delete("name") { W = Consistency.All, WriteId = Write },
        ["get-v1"] = new Get("name") { R = Consistency.One, IsStrict = true, Timeout = TimeSpan.FromSeconds(60) },
        ["scan-v1"] = new Scan { Cursor = Bytes("cursor"), Limit = 100, Timeout = TimeSpan.FromSeconds(5) },
        ["multi-get-v1"] = new MultiGet([new Get("name"), new Get("other") { R = Consistency.One, Context = Bytes("context") }])
        {
            Timeout = TimeSpan.FromSeconds(5),
        },
        ["multi-put-v1"] = new MultiPut([new Put("name", "john") { WriteId = Write }, new Delete("other") { W = Consistency.All }]),
        ["multi-reply-v1"] = new MultiReply(
        [
            Found(), new NotFound(Bytes("context")), new Written(Bytes("context"), "0123456789abcdef", "[n1,1]"),
            new Deleted(Bytes("context"), "0123456789abcdef", "[n1,2]"), new RequestTimeout(1, 2),
        ]),
        ["client-ring-query-v1"] = new ClientRingQuery(),
        ["client-ring-v1"] = new ClientRing(
            3,
            [new ClientRingMember(Replica, "10.0.0.1", 8101, "dc1"), new ClientRingMember(new ReplicaId(2), "10.0.0.2", 8102, "dc2")],
            [new ClientPartition([0, 1]), new ClientPartition([1, 0])]),
        ["written-v1"] = new Written(Bytes("context"), "0123456789abcdef", "[n1,1]"),
        ["written-warning-v1"] = new Written(Bytes("context"), "0123456789abcdef", "[n1,1]") { Warning = "25 siblings" },
        ["deleted-v1"] = new Deleted(Bytes("context"), "0123456789abcdef", "[n1,2]"),
        ["found-v1"] = Found(),
        ["found-expiring-v1"] = new Found(
            [
                new VersionedValue(Bytes("john"), "", false, "[n1,1]")
                {
                    ExpiresAtUnixMilliseconds = 1_700_000_000_000,
                    TimeToLive = TimeSpan.FromMilliseconds(89_999),
                },
            ],
            Bytes("context"), "0123456789abcdef", "[n1,1]", IsSloppy: false),
        ["not-found-v1"] = new NotFound(Bytes("context")),
        ["scan-page-v1"] = new ScanPage([new ScanRow(Bytes("name"), Found())], Bytes("cursor")),
        ["failure-not-enough-replicas-v1"] = new NotEnoughReplicas(2, 1),
        ["failure-request-timeout-v1"] = new RequestTimeout(1, 2),
        ["failure-overloaded-v1"] = new Overloaded(TimeSpan.FromMilliseconds(250)),
        ["failure-key-too-large-v1"] = new KeyTooLarge(1025, 1024),
        ["failure-value-too-large-v1"] = new ValueTooLarge(1048577, 1048576),
        ["failure-too-many-siblings-v1"] = new TooManySiblings(100),
        ["failure-stale-ring-v1"] = new StaleRing(7),
        ["failure-bad-context-v1"] = new BadContext("is of another key"),
        ["failure-bad-request-v1"] = new BadRequest("The limit is 1 to 1,000."),
        ["failure-precondition-failed-v1"] = new PreconditionFailed("0123456789abcdef", "[n1,2]"),
        ["failure-version-mismatch-v1"] = new VersionMismatch("0123456789abcdef", "[n1,2]"),
        ["failure-not-ready-v1"] = new NotReady("it waits for a ring"),
        ["put-each-quorum-v1"] = new Put("name", "john") { W = Consistency.EachQuorum, WantsReplicas = true },
        ["get-local-quorum-v1"] = new Get("name") { R = Consistency.LocalQuorum, WantsReplicas = true },
        ["written-replicas-v1"] = new Written(Bytes("context"), "0123456789abcdef", "[n1,1]") { Replicas = ["n1", "n3"] },
        ["found-replicas-v1"] = Found() with { Replicas = ["n1"] },
        ["not-found-replicas-v1"] = new NotFound(Bytes("context")) { Replicas = ["n1", "n2"] },
        ["failure-not-enough-replicas-level-v1"] = new NotEnoughReplicas(2, 1) { Level = Consistency.EachQuorum, DataCenter = "dc2" },
        ["failure-request-timeout-level-v1"] = new RequestTimeout(1, 3) { Level = Consistency.Quorum },
        ["failure-clock-off-v1"] = new ClockOff("n1", 5300),
        ["failure-too-many-entries-v1"] = new TooManyEntries(1001, 1000),
        ["failure-request-too-large-v1"] = new RequestTooLarge(4194305, 4194304),
        ["failure-answer-too-large-v1"] = new AnswerTooLarge(1048576, 4194304),
        ["replica-read-v1"] = new ReplicaRead(Bytes("name"), 0x0123_4567_89AB_CDEF),
        ["replica-store-v1"] = new ReplicaStore(Bytes("name"), RecordCodec.Encode(Versions.OneSibling())),
        ["replica-scan-v1"] = new ReplicaScan(Bytes("from"), Bytes("until"), 100, 65536),
        ["replica-record-v1"] = new ReplicaRecord(0x0123_4567_89AB_CDEF, RecordCodec.Encode(Versions.OneSibling())),
        ["replica-stored-v1"] = new ReplicaStored(),
        ["replica-rows-v1"] = new ReplicaRows([new ReplicaRow(Bytes("row"), RecordCodec.Encode(Versions.OneSibling()))], IsEnd: true),
        ["replica-refusal-v1"] = new ReplicaRefusal(RefusalReason.StaleRing, "epoch 6"),
        ["lane-hello-v1"] = Hello,
        ["lane-hello-client-v1"] = new LaneHello(Guid.Empty, default, "client", 9, 0, 0),
        ["lane-welcome-v1"] = new LaneWelcome(0x1122_3344_5566_7788, Hello),
        ["lane-refused-v1"] = new LaneRefused(0x1122_3344_5566_7788, "another cluster"),
        ["lane-frame-v1"] = new LaneFrame(
            0x1122_3344_5566_7788, 5,
            [
                new LaneItem(1, MessageKind.ReplicaRead, TimeSpan.FromMilliseconds(900), Bytes("body")),
                new LaneItem(2, MessageKind.ReplicaStore, TimeSpan.Zero, Bytes("piece"), TotalBytes: 1_000_000, Offset: 65_000),
            ],
            3, HybridTimestamp.Of(1_700_000_000_000, 7)),
        ["lane-hello-clock-v1"] = Hello with { PhysicalMilliseconds = 1_700_000_000_000 },
        ["lane-frame-clock-v1"] = new LaneFrame(7, 1, [], 3, HybridTimestamp.Of(1_700_000_000_500)) { PhysicalMilliseconds = 1_700_000_000_000 },
        ["lane-ack-v1"] = new LaneAck(0x1122_3344_5566_7788, 5),
        ["sign-of-life-v1"] = new SignOfLife(Cluster, Replica, new Incarnation(4, 2), 123_456_789, 123_456_000)
        {
            Suspicions = [new Suspicion(new ReplicaId(2), new Incarnation(7, 1)), new Suspicion(new ReplicaId(3), default)],
            IsPartial = true,
            AkkaUid = -1_234_567,
            AkkaMembers = 3,
            AkkaLowest = new ReplicaId(2),
            SharesAkka = true,
        },
        ["sign-of-life-least-v1"] = new SignOfLife(Cluster, Replica, new Incarnation(1, 0), 1, 0),
        ["tree-query-v1"] = new TreeQuery(Range, 3, [160, 163], 2, IsUpperHalf: true),
        ["leaf-query-v1"] = new LeafQuery(Range, [4096, 8191], 0x0123_4567_89AB_CDEF, 3000),
        ["record-query-v1"] = new RecordQuery(Range, [1, ulong.MaxValue], Bytes("row"), 49152),
        ["record-push-v1"] = new RecordPush(Range, [new ReplicaRow(Bytes("row"), RecordCodec.Encode(Versions.OneSibling()))]),
        ["entry-offer-v1"] = new EntryOffer(Range, [1, 2], [0x0123_4567_89AB_CDEF, 3]),
        ["tree-hashes-v1"] = new TreeHashes([0, 0x0123_4567]),
        ["leaf-entries-v1"] = new LeafEntries([1, 2], [0x0123_4567_89AB_CDEF, 3], IsEnd: false, 5),
        ["entries-wanted-v1"] = new EntriesWanted([1, 2]),
    };

    /// <summary>As Hyperion writes it.</summary>
    public static Dictionary<string, IControlMessage> ControlMessages { get; } = new()
    {
        ["ring-query-v1"] = new RingQuery(Card),
        ["ring-answer-v1"] = new RingAnswer(Card, [1, 2, 3], 2),
        ["ring-prepare-v1"] = new RingPrepare(new Ballot(3, 9)),
        ["ring-promise-v1"] = new RingPromise(new Ballot(3, 9), 8, new Ballot(2, 8), [1, 2, 3]),
        ["ring-accept-v1"] = new RingAccept(new Ballot(3, 9), [1, 2, 3]),
        ["ring-accepted-v1"] = new RingAccepted(new Ballot(3, 9), 8),
        ["ring-reject-v1"] = new RingReject(new Ballot(3, 9), 8, new Ballot(4, 7)),
        ["ring-decided-v1"] = new RingDecided([1, 2, 3]),
    };

    public static RingDocument Ring { get; } = new()
    {
        ClusterId = Cluster,
        Epoch = 3,
        Members =
        [
            new RingMember("n1", Replica, "10.0.0.1", 8101, "dc1", "r1", 1, RingMemberState.Member),
            new RingMember("n2", new ReplicaId(2), "10.0.0.2", 8102, "dc1", "r2", 2, RingMemberState.Removed),
            new RingMember("n3", new ReplicaId(3), "10.0.0.3", 8103, "dc2", "r1", 1, RingMemberState.Member),
        ],
        Partitions = [new Partition([0, 2], 1), new Partition([2, 0], 3)],
        Replicas = 2,
        WriteQuorum = 2,
        ReadQuorum = 1,
        ContextKey = [.. Enumerable.Range(0, 32).Select(i => (byte)i)],
    };

    /// <summary>The same with two data centres.</summary>
    public static RingDocument RingOfTwo { get; } = Ring with { DataCenters = [new DataCenterReplicas("dc1", 1), new DataCenterReplicas("dc2", 1)] };

    public static RingDocument RingWithConflictRules { get; } = Ring with
    {
        ConflictRules =
        [
            new ConflictRule([], ConflictPolicy.LastWriteWins),
            new ConflictRule([.. Encoding.UTF8.GetBytes("cart/")], ConflictPolicy.Siblings),
        ],
    };

    public static CausalContext Context { get; } = new(
        Versions.Vector(new Dot(new VersionActor(Replica, 1), 5), new Dot(new VersionActor(new ReplicaId(3), 2), 300)),
        Token.Of("name"u8), 4);

    public static Wire.NodeIdentity Identity { get; } = new()
    {
        Name = "n1",
        Replica = Replica.Value,
        Epoch = 5,
        Starts = 4,
        IsCleanlyStopped = true,
        Stores = 2,
        ClusterId = Google.Protobuf.ByteString.CopyFrom(Cluster.ToByteArray()),
    };

    public static Wire.RingAcceptorState AcceptorState { get; } = new()
    {
        Promised = new Wire.Ballot { Round = 4, Proposer = 9 },
        Accepted = new Wire.Ballot { Round = 3, Proposer = 8 },
        Ring = Google.Protobuf.ByteString.CopyFrom(RingCodec.Encode(Ring)),
    };

    private static Found Found() => new(
        ImmutableArray.Create(
            new VersionedValue(Bytes("john"), "text/plain", false, "[n1,1]"),
            new VersionedValue(default, "", true, "[n2,1]")),
        Bytes("context"), "0123456789abcdef", "[n1,1],[n2,1]", IsSloppy: true);

    private static ReadOnlyMemory<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
