using System.Runtime.CompilerServices;
using System.Text;
using Google.Protobuf;

namespace AkkaKv.Protocol.Tests;

/// <summary>
/// The bytes of disk and wire, as they are for ever: what was written once is read as the same, and is written the same again.
/// </summary>
/// <remarks>
/// The files are hex, 32 bytes a line. A missing one is written by a run with <c>AKKAKV_WRITE_GOLDEN=1</c>, and belongs into the commit
/// that adds its sample; a file that is there is never written again.
/// </remarks>
public class GoldenFileTests(StrictSystem strict) : IClassFixture<StrictSystem>
{
    private const int BytesPerLine = 32;

    private static readonly ContextSeal Seal = new(Samples.Ring.ContextKey.AsSpan(), [.. Samples.Ring.Members.Select(member => member.ReplicaId)]);

    public static TheoryData<string> Messages => [.. Samples.Messages.Keys];

    public static TheoryData<string> ControlMessages => [.. Samples.ControlMessages.Keys];

    public static TheoryData<string> Records => [.. Samples.Records.Keys];

    [Theory]
    [MemberData(nameof(Messages))]
    public void Messages_are_what_they_were(string name)
    {
        var message = Samples.Messages[name];
        Check(name, ProtocolCodec.Encode(message), bytes =>
            Assert.Equal(Structure.Of(message), Structure.Of(ProtocolCodec.Decode(ProtocolCodec.KindOf(message), bytes))));
    }

    [Theory]
    [MemberData(nameof(ControlMessages))]
    public void Control_messages_are_what_they_were(string name)
    {
        var message = Samples.ControlMessages[name];
        var serializer = strict.Serialization.FindSerializerFor(message);
        Check(name, serializer.ToBinary(message), bytes =>
            Assert.Equal(Structure.Of(message), Structure.Of(serializer.FromBinary<IControlMessage>(bytes))));
    }

    [Theory]
    [MemberData(nameof(Records))]
    public void Records_are_what_they_were(string name)
    {
        var record = Samples.Records[name];
        Check(name, RecordCodec.Encode(record), bytes => Assert.Equal(record, RecordCodec.Decode(bytes)));
    }

    /// <summary>Hints, trees and digest reads compare hashes that other nodes, and other releases, have computed.</summary>
    [Fact]
    public void Hashes_are_what_they_were() => Check(
        "record-hashes-v1",
        [.. Samples.Records.Values.SelectMany(record => new[] { record.Hash("name"u8), record.VersionsHash() }).SelectMany(BitConverter.GetBytes)],
        _ => { });

    [Fact]
    public void The_shell_of_an_expired_record_is_what_it_was()
    {
        Check("record-shell-v1", RecordCodec.Encode(Samples.Shell), bytes => Assert.Equal(Samples.Shell, RecordCodec.Decode(bytes)));
        Assert.True(Samples.Shell.Siblings[0].Value.IsEmpty);
        Assert.Equal(Versions.OneSibling().Hash("name"u8), Samples.Shell.Hash("name"u8));
    }

    [Fact]
    public void A_ring_with_conflict_rules_is_what_it_was() => Check(
        "ring-document-conflicts-v1", RingCodec.Encode(Samples.RingWithConflictRules), bytes =>
            Assert.Equal(Structure.Of(Samples.RingWithConflictRules), Structure.Of(RingCodec.Decode(bytes))));

    [Fact]
    public void The_ring_is_what_it_was() => Check("ring-document-v1", RingCodec.Encode(Samples.Ring), bytes =>
        Assert.Equal(Structure.Of(Samples.Ring), Structure.Of(RingCodec.Decode(bytes))));

    [Fact]
    public void The_ring_of_several_data_centres_is_what_it_was() => Check(
        "ring-document-data-centers-v1", RingCodec.Encode(Samples.RingOfTwo), bytes =>
            Assert.Equal(Structure.Of(Samples.RingOfTwo), Structure.Of(RingCodec.Decode(bytes))));

    [Fact]
    public void The_context_token_is_what_it_was() => Check("context-token-v1", Seal.Seal(Samples.Context).ToArray(), bytes =>
    {
        Assert.Equal(ContextVerdict.Genuine, Seal.Open(bytes, Samples.Context.KeyToken, out var context));
        Assert.Equal(Samples.Context, context);
    });

    [Fact]
    public void A_nodes_own_files_are_what_they_were()
    {
        Check("node-identity-v1", Samples.Identity.ToByteArray(), bytes => Assert.Equal(Samples.Identity, Wire.NodeIdentity.Parser.ParseFrom(bytes)));
        Check("ring-acceptor-state-v1", Samples.AcceptorState.ToByteArray(), bytes =>
            Assert.Equal(Samples.AcceptorState, Wire.RingAcceptorState.Parser.ParseFrom(bytes)));
    }

    [Fact]
    public void Every_message_type_has_a_golden_file()
    {
        Assert.Equal(
            RandomMessages.TypesOf(typeof(IProtocolMessage)).Select(type => type.Name),
            Samples.Messages.Values.Select(message => message.GetType().Name).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(
            RandomMessages.TypesOf(typeof(IControlMessage)).Select(type => type.Name),
            Samples.ControlMessages.Values.Select(message => message.GetType().Name).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_golden_file_has_its_sample()
    {
        string[] others =
        [
            "record-hashes-v1", "record-shell-v1", "ring-document-conflicts-v1", "ring-document-v1", "ring-document-data-centers-v1",
            "context-token-v1",
            "node-identity-v1", "ring-acceptor-state-v1",
        ];
        Assert.Equal(
            others.Concat(Samples.Messages.Keys).Concat(Samples.ControlMessages.Keys).Concat(Samples.Records.Keys).Order(StringComparer.Ordinal),
            Directory.EnumerateFiles(Folder()).Select(file => Path.GetFileNameWithoutExtension(file)!).Order(StringComparer.Ordinal));
    }

    private static void Check(string name, byte[] encoded, Action<byte[]> decode)
    {
        var file = Path.Combine(Folder(), name + ".hex");
        if (!File.Exists(file) && Environment.GetEnvironmentVariable("AKKAKV_WRITE_GOLDEN") == "1") File.WriteAllText(file, Hex(encoded));
        Assert.True(File.Exists(file), $"{file} is missing: run with AKKAKV_WRITE_GOLDEN=1 and commit it.");

        var golden = File.ReadAllText(file);
        Assert.Equal(golden, Hex(encoded));
        decode(Convert.FromHexString(golden.ReplaceLineEndings("")));
    }

    private static string Hex(byte[] bytes)
    {
        var text = new StringBuilder();
        foreach (var line in bytes.Chunk(BytesPerLine)) text.Append(Convert.ToHexStringLower(line)).Append('\n');
        return text.ToString();
    }

    private static string Folder([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "testdata"));
}
