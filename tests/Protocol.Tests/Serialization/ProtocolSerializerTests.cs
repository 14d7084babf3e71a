using System.Globalization;
using System.Runtime.Serialization;
using Akka.Serialization;
using CsCheck;

namespace AkkaKv.Protocol.Tests;

public class ProtocolSerializerTests(StrictSystem strict) : IClassFixture<StrictSystem>
{
    private readonly ProtocolSerializer _serializer = (ProtocolSerializer)strict.Serialization.FindSerializerForType(typeof(IProtocolMessage));

    [Fact]
    public void Its_number_is_frozen() => Assert.Equal((4711, 4712), (ProtocolSerializer.SerializerId, ControlSerializer.SerializerId));

    [Fact]
    public void Every_message_goes_through_Akka_and_back() => RandomMessages.Any<IProtocolMessage>().Sample(
        message =>
        {
            var serializer = Assert.IsType<ProtocolSerializer>(strict.Serialization.FindSerializerFor(message));
            var manifest = serializer.Manifest(message);
            Assert.Equal(((int)ProtocolCodec.KindOf(message)).ToString(CultureInfo.InvariantCulture), manifest);
            var back = strict.Serialization.Deserialize(serializer.ToBinary(message), serializer.Identifier, manifest);
            Assert.Equal(Structure.Of(message), Structure.Of(back));
        },
        iter: 1_000);

    [Fact]
    public void Garbage_is_a_serialization_exception_and_nothing_else() => Gen.Select(Gen.Int[-5, 50], Gen.Byte.Array[0, 40]).Sample(
        (kind, garbage) =>
        {
            try
            {
                _serializer.FromBinary(garbage, kind.ToString(CultureInfo.InvariantCulture));
            }
            catch (SerializationException)
            {
                // What it is meant to be.
            }
        },
        iter: 10_000);

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("46")]
    [InlineData("Put")]
    [InlineData(" 1")]
    [InlineData("99999999999999999999")]
    [InlineData("AkkaKv.Protocol.Put, AkkaKv.Protocol")]
    public void An_unknown_manifest_is_a_serialization_exception(string manifest) =>
        Assert.Throws<SerializationException>(() => _serializer.FromBinary([], manifest));

    [Fact]
    public void A_type_that_no_binding_names_is_refused_where_it_is_sent()
    {
        Assert.Throws<SerializationException>(() => strict.Serialization.FindSerializerFor(new NobodyBoundThis("x")));
        Assert.Throws<SerializationException>(() => strict.Serialization.FindSerializerFor(new List<object>()));
    }

    [Fact]
    public void A_message_without_a_schema_is_refused_where_it_is_sent()
    {
        var stranger = new Stranger();
        var serializer = (SerializerWithStringManifest)strict.Serialization.FindSerializerFor(stranger);
        Assert.Throws<SerializationException>(() => serializer.Manifest(new NobodyBoundThis("x")));
        Assert.ThrowsAny<Exception>(() => serializer.Manifest(stranger));
        Assert.ThrowsAny<Exception>(() => serializer.ToBinary(stranger));
    }

    private sealed record NobodyBoundThis(string Text);

    private sealed record Stranger : IProtocolMessage;
}
